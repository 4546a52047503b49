from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependency_monkey.native import headers

Reader = Callable[[bytes, tuple[bytes, ...]], list[bytes]]

NAMES = b"name", b"requires-dist"
PARTS = st.sampled_from(
    [b"Name: a", b"\n", b"\n\n", b" ", b"\t", b"requires-dist:b", b":", b"x y", b"License: ", b"\n  on",
     b"Requires-Dist : d", b"\xff", b"\x00", b"NAME:"]
)  # fmt: skip


@pytest.fixture(scope="module")
def native() -> Reader:
    built = pytest.importorskip(
        "dependency_monkey.native._headers", reason="it was built without a C compiler"
    )
    reader: Reader = built.header_lines
    return reader


@pytest.fixture(params=["Python", "C"])
def read(request: pytest.FixtureRequest) -> Reader:
    found: Reader = headers.header_lines
    return found if request.param == "Python" else request.getfixturevalue("native")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", []),
        (b"Name: a", [b"Name: a"]),
        (b"name:\nNames: b\nNAME: c\n", [b"name:", b"NAME: c"]),
        (b"Name: a\n \n\tb\nVersion: 1", [b"Name: a\n \n\tb"]),
        (b"License: a\n Name: b\nRequires-Dist: c", [b"Requires-Dist: c"]),
        (b"Name: a\n\nName: b", [b"Name: a"]),
        (b"Name: a\nA text.\nName: b", [b"Name: a"]),
        (b"Name: a\nName : b\nName: c", [b"Name: a"]),
        (b"\nName: a", []),
    ],
)
def test_the_headers_that_count_are_found(read: Reader, content: bytes, found: list[bytes]) -> None:
    assert read(content, NAMES) == found


@given(st.lists(PARTS).map(b"".join))
def test_c_and_python_agree(native: Reader, content: bytes) -> None:
    assert native(content, NAMES) == headers.header_lines(content, NAMES)


@pytest.mark.parametrize("wrong", [("text", NAMES), (b"", [b"name"]), (b"a:", ("name",)), (b"",)])
def test_what_is_no_bytes_is_refused(
    native: Callable[..., object], wrong: tuple[object, ...]
) -> None:
    with pytest.raises(TypeError):
        native(*wrong)
