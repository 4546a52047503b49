"""Files of which a lock says where they lie: read from pylock.toml, one chosen for a platform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from packaging.pylock import Package, PackageSdist, PackageWheel
from packaging.tags import Tag

from amun_core.errors import InvalidLockError
from amun_core.intake import Intake
from amun_core.locked_package import FileKind, LockedFile, LockedPackage, is_address
from amun_core.wheel_tags import fitness

_STRONG = {"sha256": 64, "sha384": 96, "sha512": 128}
_SUBDIRECTORY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")

_PURE = re.compile(r"-py3(?:\.py2)?-none-any\.whl$|-py2\.py3-none-any\.whl$")


class NoFittingFileError(InvalidLockError):
    """The lock has files of a package, and none of them is for this platform."""


def files_of(package: Package, place: str, intake: Intake) -> tuple[LockedFile, ...]:
    """The files of an entry of a pylock.toml, wheels first."""
    if package.archive is not None:
        archive = package.archive
        if not is_address(archive.url):
            intake.fault(place, "not an http or https address")
            return ()
        below = archive.subdirectory
        if below is not None and not _SUBDIRECTORY.fullmatch(below):
            intake.fault(place, "the subdirectory is not a plain relative path")
            return ()
        name = (archive.url or "").rpartition("/")[2]
        hashes = strong_hashes(archive.hashes)
        return (LockedFile("archive", name, archive.url, hashes, archive.size, below),)
    return tuple(_distributions(package))


def _distributions(package: Package) -> Iterator[LockedFile]:
    named: list[tuple[FileKind, PackageWheel | PackageSdist]] = [
        ("wheel", wheel) for wheel in package.wheels or ()
    ]
    if package.sdist is not None:
        named.append(("sdist", package.sdist))
    for kind, file in named:
        # a lock comes from outside: it may not make us read files of this host
        url = file.url if is_address(file.url) else None
        yield LockedFile(kind, file.filename, url, strong_hashes(file.hashes), file.size)


def strong_hashes(table: Mapping[str, str]) -> tuple[str, ...]:
    """The hashes that are worth checking, "sha256:...", sorted."""
    return tuple(
        sorted(
            f"{algorithm.lower()}:{value.lower()}"
            for algorithm, value in table.items()
            if algorithm.lower() in _STRONG
        )
    )


def fitting_file(package: LockedPackage, tags: Mapping[Tag, int] | None) -> LockedFile | None:
    """The file that is installed: the best wheel for these tags, else the sdist.

    None where the lock names no files. Where the tags are not known, only what leaves no choice is
    chosen: the one file, or the one wheel for every platform. Raises NoFittingFileError where
    no file fits (pylock.toml, Installation, step 6: "an error MUST be raised about a lack of
    source for the project").
    """
    if not package.files:
        return None
    if tags is None:
        pure = [file for file in package.files if _PURE.search(file.name)]
        alone = pure if len(pure) == 1 else package.files
        return alone[0] if len(alone) == 1 else None
    others = [file for file in package.files if file.kind != "wheel"]
    wheels = [file for file in package.files if file.kind == "wheel"]
    fits = [(fit, file) for file in wheels if (fit := fitness(file.name, tags)) is not None]
    if fits:
        return max(fits, key=lambda pair: pair[0])[1]
    if others:
        return others[0]
    some = ", ".join(file.name for file in wheels[:3]) + (", ..." if len(wheels) > 3 else "")
    raise NoFittingFileError(
        f"{package.name} {package.version} has no wheel for this platform in the lock: {some}"
    )
