from __future__ import annotations

import contextlib
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependency_monkey.index.errors import UnusableFileError
from dependency_monkey.index.wheel_tail import (
    FIRST_TAIL,
    MAXIMUM_METADATA_BYTES,
    WheelTail,
    probable_tail,
)
from tests.support.index_server import metadata_of, wheel_of

METADATA = metadata_of("some-name", "1.0", ["other>=2"])


def read(wheel: bytes, first: int, name: str = "w.whl") -> tuple[bytes, int]:
    """What stands in the wheel, and how many further ranges were needed."""
    tail = WheelTail(name, len(wheel), wheel[-first:] if first < len(wheel) else wheel)
    ranges = 0
    while (span := tail.needed()) is not None:
        ranges += 1
        assert ranges <= 3
        assert 0 <= span[0] <= span[1] < len(wheel)
        tail.add(span[0], wheel[span[0] : span[1] + 1])
    return tail.metadata(), ranges


def plain_wheel(**options: object) -> bytes:
    return wheel_of("some-name", "1.0", METADATA, **options)  # type: ignore[arg-type]


@given(st.integers(22, 20_000), st.integers(0, 60), st.booleans())
def test_any_tail_leads_to_the_metadata(first: int, members: int, stored: bool) -> None:
    files = {f"package/module_{n}.py": bytes([n]) * 97 for n in range(members)}
    last = {f"package/data_{n}": bytes([n]) * 31 for n in range(members)}
    wheel = plain_wheel(
        members=files, last=last, compression=zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    )
    assert read(wheel, first)[0] == METADATA


def test_a_tail_that_holds_all_needs_nothing_more() -> None:
    assert read(plain_wheel(), 1 << 20) == (METADATA, 0)


def test_a_huge_directory_takes_two_ranges() -> None:
    files = {f"data/{n:04}": b"" for n in range(1000)}
    for wheel in (plain_wheel(members=files), plain_wheel(last=files)):
        assert read(wheel, 8 * 1024) == (METADATA, 2)


def test_zip64_records_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1)
    written = bytearray(plain_wheel())
    assert b"PK\x06\x06" in written
    # as of a wheel of more than four gigabytes: the narrow record says that the wide one counts
    struct.pack_into("<2I", written, written.rfind(b"PK\x05\x06") + 12, 0xFFFFFFFF, 0xFFFFFFFF)
    wheel = bytes(written)
    assert read(wheel, 200)[0] == METADATA
    assert read(wheel, 1 << 20)[0] == METADATA


def test_the_metadata_is_that_of_the_project_itself() -> None:
    vendored = {"other-2.0.dist-info/METADATA": metadata_of("other", "2.0")}
    wheel = plain_wheel(members=vendored)
    tail = WheelTail("Some_Name-1.0-py3-none-any.whl", len(wheel), wheel)
    assert tail.metadata() == METADATA


def test_other_files_of_such_a_name_are_passed_over() -> None:
    decoys = {
        "below/x-1.dist-info/METADATA": b"no", "x-1.dist-info/METADATA.orig": b"no",
        "x-1.dist-info/METADATA/more": b"no", "METADATA": b"no", "PK\x01\x02.dist-info/METADATA": b"no",
    }  # fmt: skip
    wheel = plain_wheel(members=decoys, last={f"last/{name}": b"no" for name in decoys})
    tail = WheelTail("Some_Name-1.0-py3-none-any.whl", len(wheel), wheel)
    assert tail.metadata() == METADATA


def test_what_is_useful_for_the_next_one_leads_to_the_metadata_or_else_to_its_entry() -> None:
    wheel = plain_wheel()
    useful = WheelTail("w.whl", len(wheel), wheel).useful()
    assert wheel[-useful:].startswith(b"PK\x03\x04")
    assert read(wheel, useful)[1] == 0
    far = plain_wheel(last={"library.so": bytes(range(256)) * 2000}, compression=zipfile.ZIP_STORED)
    useful = WheelTail("w.whl", len(far), far).useful()
    assert far[-useful:].startswith(b"PK\x01\x02")
    assert read(far, useful, "some_name-1.0-py3-none-any.whl")[1] == 1


@pytest.mark.parametrize("where", ["first", "last", "amid"])
def test_of_a_large_directory_only_what_is_needed_is_read(where: str) -> None:
    files = {f"data/{n:05}-{'x' * 60}": b"" for n in range(6000)}
    before = {"first": 1, "last": 6000, "amid": 3000}[where]
    names = list(files)
    wheel = plain_wheel(
        members=dict.fromkeys(names[:before], b""), last=dict.fromkeys(names[before:], b"")
    )
    tail = WheelTail("some_name-1.0-py3-none-any.whl", len(wheel), wheel[-32 * 1024 :])
    asked = []
    while (span := tail.needed()) is not None:
        asked.append(span[1] - span[0] + 1)
        tail.add(span[0], wheel[span[0] : span[1] + 1])
        assert len(asked) <= 3
    assert tail.metadata() == METADATA
    assert (sum(asked) < 64 * 1024) is (where != "amid")
    # the entry itself where it is near enough to be had with the end
    useful = tail.useful()
    assert (useful > 0) is (where == "last")
    assert wheel[len(wheel) - useful :].startswith(b"PK\x01\x02" if useful else b"")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"", "no zip file"),
        (b"<html>no wheel</html>" * 100, "no zip file"),
        (plain_wheel()[:-4], "no zip file"),
        (wheel_of("a", "1", METADATA).replace(b"METADATA", b"METADATE"), "has no METADATA"),
        (plain_wheel().replace(b"PK\x01\x02", b"PK\x01\x03"), "has no METADATA"),
        (plain_wheel().replace(b"PK\x03\x04", b"PK\x03\x05"), "points to no file"),
        (plain_wheel(compression=zipfile.ZIP_BZIP2), "compressed by method 12"),
    ],
)
def test_what_is_no_wheel_is_refused_by_name(broken: bytes, why: str) -> None:
    with pytest.raises(UnusableFileError, match=rf"^w\.whl: .*{why}"):
        WheelTail("w.whl", len(broken), broken).metadata()


def test_a_flipped_bit_in_the_metadata_is_noticed() -> None:
    wheel = bytearray(plain_wheel(compression=zipfile.ZIP_STORED))
    wheel[wheel.index(b"other>=2")] ^= 1
    with pytest.raises(UnusableFileError, match="METADATA is damaged"):
        WheelTail("w.whl", len(wheel), bytes(wheel)).metadata()


def test_a_bomb_is_not_inflated() -> None:
    wheel = wheel_of("a", "1", b"Metadata-Version: 2.1\n" + b" " * (MAXIMUM_METADATA_BYTES + 1))
    assert len(wheel) < 100_000
    with pytest.raises(UnusableFileError, match="METADATA is larger than"):
        WheelTail("a-1-py3-none-any.whl", len(wheel), wheel).metadata()
    # a directory that lies about the size does not help
    place = wheel.index(b"PK\x01\x02", wheel.index(b"dist-info/METADATA") + 40)
    lying = bytearray(wheel)
    struct.pack_into("<I", lying, place + 24, 100)
    with pytest.raises(UnusableFileError, match="METADATA is"):
        WheelTail("a-1-py3-none-any.whl", len(wheel), bytes(lying)).metadata()


@given(st.binary(max_size=300), st.integers(0, 400))
def test_nothing_but_the_named_error_comes_of_any_bytes(noise: bytes, place: int) -> None:
    wheel = plain_wheel()
    mixed = wheel[:place] + noise + wheel[place + len(noise) :]
    tail = WheelTail("w.whl", len(mixed), mixed)
    with contextlib.suppress(UnusableFileError):
        tail.needed()
        tail.metadata()


def test_more_is_asked_for_of_larger_wheels_within_bounds() -> None:
    assert probable_tail(None) == probable_tail(0) == probable_tail(1000) == FIRST_TAIL
    assert probable_tail(500_000) == 100_000
    assert probable_tail(1 << 40) == 160 * 1024
