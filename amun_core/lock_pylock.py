"""Reads pylock.toml (PEP 751) through `packaging.pylock`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from packaging.pylock import Package, Pylock, PylockValidationError

from amun_core.intake import Intake, shown
from amun_core.locked_package import (
    MAXIMUM_PACKAGES,
    MAXIMUM_SOURCES,
    Lock,
    LockedPackage,
    finish,
    normal_specifier,
    read_address,
    read_hashes,
    read_marker,
    version_of_file,
)
from amun_core.plan import IndexSource
from amun_core.specification import LockFormat

_STRONG = ("sha256", "sha384", "sha512")
#: A key of very many dotted parts, or very deep brackets, keep the TOML reader busy for minutes.
_HARMFUL = re.compile(
    r"(?<![A-Za-z0-9_\"'-])(?:[A-Za-z0-9_\"'-]++[ \t]*+\.[ \t]*+){100}|(?:[\[{]\s*+){50}"
)


def read_pylock(text: str, intake: Intake) -> Lock:
    """The lock of a pylock.toml text; faults and warnings go to `intake`."""
    document = _document(text, intake)
    if document is None:
        return Lock((), format=LockFormat.PYLOCK)
    pylock = _validated(document, intake)
    if pylock is None:
        return Lock((), format=LockFormat.PYLOCK)
    sources = _sources(pylock, intake)
    by_url = {source.url: source.name for source in sources}
    packages = []
    for number, package in enumerate(pylock.packages):
        place = f"packages[{number}]"
        locked = _read_package(package, place, by_url, intake)
        if locked is not None:
            packages.append((place, locked))
    requires = None if pylock.requires_python is None else str(pylock.requires_python)
    return Lock(
        packages=finish(intake, packages, sources),
        sources=tuple(sources),
        requires_python=None if requires is None else normal_specifier(requires),
        default_groups=tuple(map(str, pylock.default_groups or ())),
        format=LockFormat.PYLOCK,
    )


def _document(text: str, intake: Intake) -> Mapping[str, Any] | None:
    if _HARMFUL.search(text):
        intake.fault("", "not a lock: keys or brackets are nested too deeply")
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        intake.fault("", f"not TOML: {shown(str(error))}")
        return None


def _validated(document: Mapping[str, Any], intake: Intake) -> Pylock | None:
    try:
        packages = document.get("packages")
        if isinstance(packages, list) and len(packages) > MAXIMUM_PACKAGES:
            intake.fault("", f"{len(packages)} packages are more than {MAXIMUM_PACKAGES}")
            return None
        return Pylock.from_dict(document)
    except PylockValidationError as error:
        _all_faults(document, error, intake)
        return None


def _all_faults(document: Mapping[str, Any], first: PylockValidationError, intake: Intake) -> None:
    """The library stops at the first fault: each package is asked on its own for the others."""
    packages = document.get("packages")
    messages = []
    if isinstance(packages, list):
        frame = {**document, "packages": []}
        for place, part in [("", frame)] + [
            (f"packages[{number}]", {**_FRAME, "packages": [package]})
            for number, package in enumerate(packages)
        ]:
            try:
                Pylock.from_dict(part)
            except PylockValidationError as error:
                messages.append(str(error).replace("packages[0]", place or "packages[0]"))
    for message in messages or [str(first)]:
        intake.fault("", message[:300])


_FRAME: dict[str, Any] = {"lock-version": "1.0", "created-by": "amun"}


def _read_package(
    package: Package, place: str, by_url: Mapping[str, str], intake: Intake
) -> LockedPackage | None:
    if package.vcs is not None or package.directory is not None:
        kind = "a version control system" if package.vcs is not None else "a directory"
        intake.fault(place, f"{package.name} comes from {kind}: only pinned files are taken")
        return None
    url = None
    version = None if package.version is None else str(package.version)
    hashes = [found.hashes for found in package.wheels or ()]
    if package.sdist is not None:
        hashes.append(package.sdist.hashes)
    if package.archive is not None:
        hashes = [package.archive.hashes]
        url = read_address(intake, place, package.archive.url)
        told = version_of_file(url) if url is not None else None
        if version is None and told is not None and told[0] == package.name:
            version = told[1]
    if version is None:
        intake.fault(place, f"{package.name} has no version")
        return None
    index = None if package.index is None else by_url.get(package.index)
    return LockedPackage(
        name=str(package.name),
        version=version,
        marker=_marker(package, place, intake),
        hashes=read_hashes(intake, place, _strong(hashes), numbered=False),
        url=url,
        index=index,
    )


def _marker(package: Package, place: str, intake: Intake) -> str | None:
    # requires-python of a package is checked by installers and chooses nothing
    return None if package.marker is None else read_marker(intake, place, str(package.marker))


def _strong(hashes: list[Mapping[str, str]]) -> list[object]:
    return [
        f"{algorithm.lower()}:{value}"
        for table in hashes
        for algorithm, value in table.items()
        if algorithm.lower() in _STRONG
    ]


def _sources(pylock: Pylock, intake: Intake) -> list[IndexSource]:
    urls = list(dict.fromkeys(package.index for package in pylock.packages if package.index))
    if len(urls) > MAXIMUM_SOURCES:
        intake.fault("", f"{len(urls)} sources are more than {MAXIMUM_SOURCES}")
        return []
    found = [read_address(intake, "index", url) for url in urls]
    return [
        IndexSource(name="index" if number == 0 else f"index-{number}", url=url)
        for number, url in enumerate(found)
        if url is not None
    ]
