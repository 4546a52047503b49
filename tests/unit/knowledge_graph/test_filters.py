"""Cursors and prefixes: opaque, versioned, and refused where they are none of ours."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.errors import InvalidInputError
from knowledge_graph.filters import decode_cursor, encode_cursor, prefix_of
from knowledge_graph.models import inspections


@given(st.integers(1, 10**18 - 1))
def test_a_cursor_comes_back(sequence: int) -> None:
    cursor = encode_cursor(sequence)
    assert decode_cursor(cursor) == sequence
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?#")


@given(st.text().filter(lambda text: not text.startswith("MTo")))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        decode_cursor(text)
    assert [fault.pointer for fault in caught.value.faults] == ["/cursor"]


@pytest.mark.parametrize(
    "inner", ["2:17", "1:", "1:0", "1:-1", "1:01", "1:" + "9" * 19, "1:１", "17", "1:17\n"]
)
def test_a_cursor_of_another_form_is_refused(inner: str) -> None:
    cursor = base64.urlsafe_b64encode(inner.encode()).decode().rstrip("=")
    with pytest.raises(InvalidInputError, match="none of this service"):
        decode_cursor(cursor)


@pytest.mark.parametrize("cursor", ["", "é", "MTox=", "MTox Mg", "MTox\n", "=" * 4])
def test_a_cursor_that_is_no_base64_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="none of this service"):
        decode_cursor(cursor)


@pytest.mark.parametrize("prefix", ["", "A", "a%", "a_b", "a~", "é", "a\x00"])
def test_what_no_id_begins_with_is_no_prefix(prefix: str) -> None:
    assert prefix_of(inspections.c.id, prefix) is None
