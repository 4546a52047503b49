"""Reads pylock.toml (PEP 751) through `packaging.pylock`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from packaging.pylock import Package, Pylock, PylockValidationError

from amun_core.intake import Intake, shown
from amun_core.lock_applicability import put_off
from amun_core.lock_files import files_of
from amun_core.locked_package import (
    MAXIMUM_PACKAGES,
    MAXIMUM_SOURCES,
    Lock,
    LockedFile,
    LockedPackage,
    Unusable,
    finish,
    normal_specifier,
    read_address,
    read_hashes,
    read_marker,
    version_of_file,
)
from amun_core.plan import IndexSource
from amun_core.redaction import shortened
from amun_core.specification import LockFormat

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
    unusable = []
    for number, package in enumerate(pylock.packages):
        place = f"packages[{number}]"
        found = _read_package(package, place, by_url, intake)
        if isinstance(found, Unusable):
            unusable.append(found)
        elif found is not None:
            packages.append((place, found))
    requires = None if pylock.requires_python is None else str(pylock.requires_python)
    return Lock(
        # several active entries of one name are refused, not merged: see `lock.select`
        packages=finish(intake, packages, sources, merge=False),
        sources=tuple(sources),
        requires_python=None if requires is None else normal_specifier(requires),
        default_groups=tuple(map(str, pylock.default_groups or ())),
        format=LockFormat.PYLOCK,
        # pipenv writes an empty list and means no restriction, as pip reads it (uv refuses it)
        environments=tuple(map(str, pylock.environments or ())),
        unusable=tuple(unusable),
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
        intake.fault("", shortened(message, 300))


_FRAME: dict[str, Any] = {"lock-version": "1.0", "created-by": "amun"}


def _read_package(
    package: Package, place: str, by_url: Mapping[str, str], intake: Intake
) -> LockedPackage | Unusable | None:
    marker = _marker(package, place, intake)
    inner = Intake(intake.prefix, textual=True)
    files = _files(package, place, inner)
    version = _version(package, files, place, inner)
    if inner.faults or version is None:
        return put_off(intake, inner, str(package.name), marker, "file")
    url = files[0].url if package.archive is not None else None
    _warn_of_paths(package, files, place, intake)
    return LockedPackage(
        name=str(package.name),
        version=version,
        marker=marker,
        hashes=read_hashes(
            intake, place, [one for file in files for one in file.hashes], numbered=False
        ),
        url=url,
        index=None if package.index is None else by_url.get(package.index),
        files=files,
        requires_python=None if package.requires_python is None else str(package.requires_python),
    )


def _files(package: Package, place: str, inner: Intake) -> tuple[LockedFile, ...]:
    if package.vcs is not None or package.directory is not None:
        kind = "a version control system" if package.vcs is not None else "a directory"
        inner.fault(place, f"{package.name} comes from {kind}: only pinned files are taken")
        return ()
    return files_of(package, place, inner)


def _version(
    package: Package, files: tuple[LockedFile, ...], place: str, inner: Intake
) -> str | None:
    """What the entry says; its file's name where it says nothing (the key is optional)."""
    if package.version is not None:
        return str(package.version)
    told = {found for file in files if (found := version_of_file(file.url or file.name))}
    if files and len(told) == 1:
        name, version = told.pop()
        if name == package.name:
            return version
    if not inner.faults:
        inner.fault(place, f"{package.name} has no version")
    return None


def _warn_of_paths(
    package: Package, files: tuple[LockedFile, ...], place: str, intake: Intake
) -> None:
    if any(file.url is None for file in files):
        intake.warn(
            place,
            f"files of {package.name} lie beside the lock, and only the lock is sent: they are "
            "looked for on the index, by their hashes",
        )


def _marker(package: Package, place: str, intake: Intake) -> str | None:
    return None if package.marker is None else read_marker(intake, place, str(package.marker))


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
