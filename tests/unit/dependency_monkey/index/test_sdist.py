from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from dependency_monkey.index.errors import UnusableFileError
from dependency_monkey.index.sdist import metadata_of_sdist

GOOD = b"Metadata-Version: 2.2\nName: Some.Thing\nVersion: 1.0\nRequires-Dist: lib>=2\n\nText.\n"


def tar_of(**members: bytes) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for path, content in members.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def sdist_of(pkg_info: bytes) -> bytes:
    return tar_of(**{"some_thing-1.0/setup.py": b"x", "some_thing-1.0/PKG-INFO": pkg_info})


def test_a_reliable_pkg_info_is_taken() -> None:
    assert metadata_of_sdist("some_thing-1.0.tar.gz", sdist_of(GOOD)) == GOOD
    dynamic = GOOD.replace(b"\n\n", b"\nDynamic: License\n\n")
    assert metadata_of_sdist("some_thing-1.0.tar.gz", sdist_of(dynamic)) == dynamic


def test_a_zip_archive_is_read_too() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("some_thing-1.0/src/PKG-INFO", b"another")
        archive.writestr("some_thing-1.0/PKG-INFO", GOOD)
    assert metadata_of_sdist("some_thing-1.0.zip", written.getvalue()) == GOOD


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"nothing", "no archive that can be read"),
        (sdist_of(GOOD)[:40], "no archive that can be read"),
        (tar_of(**{"some_thing-1.0/src/PKG-INFO": GOOD}), "has no PKG-INFO"),
        (sdist_of(GOOD.replace(b"2.2", b"2.1")), "known only once it is built"),
        (sdist_of(GOOD.replace(b"2.2", b"many")), "known only once it is built"),
        (
            sdist_of(GOOD.replace(b"\n\n", b"\nDynamic: Requires-Dist\n\n")),
            "known only once it is built",
        ),
        (sdist_of(GOOD.replace(b"Some.Thing", b"other")), "that of 'other' '1.0'"),
        (sdist_of(GOOD.replace(b"1.0", b"1.1")), "that of 'Some.Thing' '1.1'"),
    ],
    # an archive carries the second it was written in: it is no name for a test
    ids=[
        "nothing",
        "cut short",
        "elsewhere",
        "old",
        "odd",
        "dynamic",
        "other name",
        "other version",
    ],
)
def test_what_does_not_tell_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UnusableFileError, match=f"some_thing-1.0.tar.gz: .*{why}"):
        metadata_of_sdist("some_thing-1.0.tar.gz", content)


def test_an_archive_that_never_comes_to_its_pkg_info_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dependency_monkey.index.sdist._MAXIMUM_UNPACKED_BYTES", 10_000)
    large = tar_of(**{"x-1/a": bytes(50_000), "x-1/b": b"", "x-1/PKG-INFO": GOOD})
    with pytest.raises(UnusableFileError, match="no archive that can be read"):
        metadata_of_sdist("some_thing-1.0.tar.gz", large)
