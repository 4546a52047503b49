"""The one internal form of every lock, and the checks that each lock format shares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote, urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from amun_core.index_settings import without_credentials
from amun_core.intake import InputWarning, Intake, shown
from amun_core.plan import IndexSource
from amun_core.specification import LockFormat

MAXIMUM_PACKAGES = 2000
MAXIMUM_HASHES = 1000
MAXIMUM_SOURCES = 32
FileKind = Literal["wheel", "sdist", "archive"]

_MAXIMUM_NAME = 128
_MAXIMUM_VERSION = 128
_MAXIMUM_MARKER = 4096
_MAXIMUM_MARKER_BRACKETS = 64
_MAXIMUM_URL = 2048

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_HASH = re.compile(r"(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")
_HASHES = re.compile(rf"{_HASH.pattern}(?: {_HASH.pattern})*")
_ADDRESS = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
#: As pip and pipenv expand them.
_VARIABLE = re.compile(r"\$(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Z_][A-Z0-9_]*\b)")
_CACHE = 16384


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file of which a lock says where it lies; `url` is None where that is beside the lock."""

    kind: FileKind
    name: str
    url: str | None
    hashes: tuple[str, ...] = ()
    size: int | None = None
    subdirectory: str | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """An entry that cannot be installed (a directory, a repository): no fault where it does not apply.

    `origin` is what it comes from, in one word; its address is not kept.
    """

    name: str
    marker: str
    origin: str
    why: str


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One package of a lock. `marker` is in normal form; `hashes` are sorted, "sha256:..."."""

    name: str
    version: str
    marker: str | None = None
    hashes: tuple[str, ...] = ()
    url: str | None = None
    index: str | None = None
    extras: tuple[str, ...] = ()
    files: tuple[LockedFile, ...] = ()
    requires_python: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a lock says, beside its indexes, of where files come from, and which.

    `choices` are options of pip and uv: "--no-binary numpy", "--only-binary :all:". `main` names
    the source that takes the place of the main index.
    """

    find_links: tuple[str, ...] = ()
    no_index: bool = False
    choices: tuple[str, ...] = ()
    main: str | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock in the internal form; packages are sorted by name, version and marker.

    `requires_python` is a demand that the lock makes ("pylock.toml"); `python_version` is only the
    version it was made for ("Pipfile.lock"): another one is worth a warning, not a refusal. One of
    `environments` (markers) must hold, where there are any.
    """

    packages: tuple[LockedPackage, ...]
    sources: tuple[IndexSource, ...] = ()
    requires_python: str | None = None
    format: LockFormat = LockFormat.PIPFILE_LOCK
    python_version: str | None = None
    default_groups: tuple[str, ...] = ()
    warnings: tuple[InputWarning, ...] = ()
    environments: tuple[str, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    origin: Origin = Origin()


@lru_cache(_CACHE)
def normal_name(name: str) -> str | None:
    """The canonical name of a package, or None where it is no name."""
    if len(name) > _MAXIMUM_NAME or not _NAME.fullmatch(name):
        return None
    return str(canonicalize_name(name))


@lru_cache(_CACHE)
def normal_version(version: str) -> str | None:
    """The version in PEP 440's normal form, or None where it is no version."""
    try:
        return str(Version(version)) if len(version) <= _MAXIMUM_VERSION else None
    except InvalidVersion:
        return None


@lru_cache(_CACHE)
def normal_marker(text: str) -> tuple[str | None, bool]:
    """The marker in normal form (None where it is no marker), and whether it had to be mended.

    Documents that went through a YAML file have doubled quotes: python_version >= ''3''.
    """
    marker = _parse_marker(text)
    if marker is None and "''" in text:
        marker = _parse_marker(text.replace("''", "'"))
        return (None, False) if marker is None else (str(marker), True)
    return (None if marker is None else str(marker)), False


def _parse_marker(text: str) -> Marker | None:
    # The parser recurses once for each bracket.
    if len(text) > _MAXIMUM_MARKER or text.count("(") > _MAXIMUM_MARKER_BRACKETS:
        return None
    try:
        return Marker(text)
    except (InvalidMarker, RecursionError):
        return None


@lru_cache(_CACHE)
def parsed_marker(text: str) -> Marker:
    """The marker of a text that `normal_marker` gave."""
    return Marker(text)


@lru_cache(1024)
def normal_specifier(text: str) -> str | None:
    """A version specifier in normal form, or None where it is none."""
    try:
        return str(SpecifierSet(text)) if len(text) <= _MAXIMUM_NAME else None
    except InvalidSpecifier:
        return None


def version_of_file(url: str) -> tuple[str, str] | None:
    """(canonical name, version) that the file name of an address tells, or None."""
    filename = unquote(urlsplit(url).path).rsplit("/", 1)[-1]
    try:
        if filename.endswith(".whl"):
            name, version, _build, _tags = parse_wheel_filename(filename)
        else:
            name, version = parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return str(name), str(version)


def read_name(intake: Intake, pointer: str, name: object) -> str | None:
    """The canonical name, or None after a fault."""
    normal = normal_name(name) if isinstance(name, str) else None
    if normal is None:
        intake.fault(pointer, f"{shown(name)} is not a package name")
    return normal


def read_marker(intake: Intake, pointer: str, text: object) -> str | None:
    """The marker in normal form; None where there is none, and after a fault."""
    if not isinstance(text, str):
        intake.fault(pointer, f"{shown(text)} is not an environment marker: a text is expected")
        return None
    marker, mended = normal_marker(text)
    if marker is None:
        intake.fault(pointer, f"{shown(text)} is not an environment marker")
    elif mended:
        intake.warn(pointer, f"doubled quotes were read as single ones: {marker}")
    return marker


def read_hashes(
    intake: Intake, pointer: str, hashes: list[object], *, numbered: bool = True
) -> tuple[str, ...]:
    """Sorted hashes, each once. Anything that is no strong hash is a fault."""
    if len(hashes) > MAXIMUM_HASHES:
        intake.fault(pointer, f"{len(hashes)} hashes are more than {MAXIMUM_HASHES}")
        return ()
    texts = [item for item in hashes if isinstance(item, str)]
    if len(texts) == len(hashes) and _HASHES.fullmatch(" ".join(texts)):
        return tuple(sorted(set(texts)))  # the common case, in one look
    found = set()
    for position, item in enumerate(hashes):
        text = item.strip().lower() if isinstance(item, str) else ""
        if _HASH.fullmatch(text):
            found.add(text)
        else:
            intake.fault(
                f"{pointer}/{position}" if numbered else pointer,
                f"{shown(item)} is not a hash",
                "sha256:, sha384: or sha512: and the hexadecimal digits are expected",
            )
    return tuple(sorted(found))


def is_address(url: object) -> bool:
    """Whether it is an http or https address."""
    if not isinstance(url, str) or len(url) > _MAXIMUM_URL or not _ADDRESS.fullmatch(url):
        return False
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def read_address(intake: Intake, pointer: str, url: object) -> str | None:
    """An http or https address, or None after a fault."""
    if isinstance(url, str) and is_address(url):
        return url
    # The value is not repeated: an address may carry a password.
    intake.fault(pointer, "not an http or https address")
    return None


def read_place(intake: Intake, pointer: str, url: object) -> str | None:
    """The address of an index or a file in a lock, or None after a fault.

    Variables in it are not expanded: they are those of another machine. pip and pipenv put logins
    there; the host's own takes their place.
    """
    address = read_address(intake, pointer, url)
    if address is None or not _VARIABLE.search(address):
        return address
    bare = without_credentials(address)
    if is_address(bare) and not _VARIABLE.search(bare):
        intake.warn(
            pointer,
            "variables in the login of an address are not expanded: the login in the "
            "configuration of pip on the host is used",
        )
        return bare
    intake.fault(pointer, "a variable in an address is not expanded here")
    return None


def finish(
    intake: Intake,
    packages: list[tuple[str, LockedPackage]],
    sources: list[IndexSource],
    *,
    merge: bool = True,
) -> tuple[LockedPackage, ...]:
    """What holds for every format: bounds, packages named twice, indexes that exist, hashes.

    Equal entries become one, unless `merge` is False: then that is left to whoever installs.
    """
    if len(packages) > MAXIMUM_PACKAGES:
        intake.fault("", f"{len(packages)} packages are more than {MAXIMUM_PACKAGES}")
        return ()
    names = {source.name for source in sources}
    seen: dict[tuple[str, str, str], LockedPackage] = {}
    for pointer, package in packages:
        key = (package.name, package.version, package.marker or "")
        if key in seen and merge:
            intake.warn(pointer, f"{package.name} {package.version} is named twice")
        seen[key] = package
        if package.index is not None and package.index not in names:
            intake.warn(pointer, f"its index {shown(package.index)} is not among the sources")
    without = sorted({package.name for package in seen.values() if not package.hashes})
    if without:
        some = ", ".join(without[:5]) + (", ..." if len(without) > 5 else "")
        intake.warn("", f"no hashes for {len(without)} of {len(seen)} packages: {some}")
    if merge:
        return tuple(seen[key] for key in sorted(seen))
    every = (package for _, package in packages)
    return tuple(sorted(every, key=lambda one: (one.name, one.version, one.marker or "")))
