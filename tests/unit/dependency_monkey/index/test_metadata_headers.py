from __future__ import annotations

from email.parser import BytesHeaderParser
from email.policy import compat32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependency_monkey.index.files import parse_wheel
from dependency_monkey.index.metadata_headers import belongs_to, is_metadata, read_headers
from tests.support.index_server import metadata_of

LINES = st.sampled_from(
    ["Name: a", "Version: 1.0", "requires-dist: b>=1", "Requires-Dist:c ; x\t==  'y'", "Provides-Extra: e",
     "License: some text", "        ", "  goes on", "\tgoes on", "", "no header", "Requires-Python: >=3",
     "Summary: Requires-Dist: d", "Requires-Dist : e", ": f", "Requires-Dist:"]
)  # fmt: skip


@given(st.lists(LINES), st.sampled_from(["\n", "\r\n", "\r\r\n"]))
def test_headers_are_what_an_email_parser_finds(lines: list[str], end: str) -> None:
    content = end.join(["Metadata-Version: 2.1", *lines]).encode()
    expected = BytesHeaderParser(policy=compat32).parsebytes(content.replace(b"\r", b""))

    def values(name: str) -> tuple[str, ...]:
        return tuple(" ".join(str(one).split()) for one in expected.get_all(name) or [])

    found = read_headers(content)
    assert found.requires_dist == values("Requires-Dist")
    assert found.provides_extra == values("Provides-Extra")
    assert found.name == next(iter(values("Name")), "")
    assert found.version == next(iter(values("Version")), "")
    assert found.requires_python == (next(iter(values("Requires-Python")), "") or None)


def test_the_description_is_no_header() -> None:
    assert read_headers(metadata_of("a", "1", ["b"])).requires_dist == ("b",)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (b"Metadata-Version: 2.1", True),
        (b"\r\n metadata-version:1", True),
        (b"<html>", False),
        (b"", False),
    ],
)
def test_metadata_is_known_by_its_beginning(content: bytes, is_one: bool) -> None:
    assert is_metadata(content) is is_one


def test_metadata_belongs_to_one_wheel() -> None:
    wheel = parse_wheel("Some_Name-1.0-py3-none-any.whl")
    assert wheel is not None
    assert belongs_to(metadata_of("some.name", "1.0.0"), wheel) is None
    assert belongs_to(metadata_of("some-name", "1.1"), wheel) == (
        "its METADATA is that of 'some-name' '1.1'"
    )
    assert belongs_to(metadata_of("some-name\x1b[31m", "1.0"), wheel) == (
        "its METADATA is that of 'some-name\\x1b[31m' '1.0'"
    )
    assert belongs_to(b"", wheel) is not None
