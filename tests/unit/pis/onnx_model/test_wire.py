"""The wire format, against the examples of its documentation and against a reader of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pis.onnx_model import wire


@pytest.mark.parametrize(
    ("number", "encoded"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (150, "9601"), (300, "ac02")],
)
def test_varints(number: int, encoded: str) -> None:
    assert wire.varint(number).hex() == encoded


def test_fields_of_the_documentation() -> None:
    assert wire.integer(1, 150).hex() == "089601"
    assert wire.text(2, "testing").hex() == "120774657374696e67"
    # a message inside another one
    assert wire.content(3, wire.integer(1, 150)).hex() == "1a03089601"


def read(data: bytes) -> tuple[int, bytes]:
    number = shift = 0
    for position, byte in enumerate(data):
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, data[position + 1 :]
    raise AssertionError("no end")


@given(number=st.integers(-(2**63), 2**63 - 1), field=st.integers(1, 2**29 - 1))
def test_a_number_comes_back(number: int, field: int) -> None:
    tag, rest = read(wire.integer(field, number))
    found, nothing = read(rest)
    assert (tag >> 3, tag & 7, nothing) == (field, 0, b"")
    assert found == number % 2**64
    assert len(wire.varint(number)) <= 10


@given(value=st.binary(max_size=300), field=st.integers(1, 2**29 - 1))
def test_bytes_come_back(value: bytes, field: int) -> None:
    tag, rest = read(wire.content(field, value))
    length, found = read(rest)
    assert (tag >> 3, tag & 7, length, found) == (field, 2, len(value), value)
