"""What an index says of a project: its files.

Thousands of file names share few versions and few tags, so each of those is parsed once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urljoin

from msgspec import Struct
from packaging.tags import Tag, parse_tag
from packaging.utils import BuildTag, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

_WHEEL_NAME = re.compile(r"[\w.]+", re.ASCII)
_BUILD = re.compile(r"(\d+)(.*)", re.ASCII)
_PARSED = 200_000
_FILENAME = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,240}"
    r"\.(?:whl|tar\.gz|zip|egg|tgz|tar\.(?:bz2|xz|Z)|exe|msi|rpm|deb|dmg)"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_DEMAND = 512
_NO_DEMAND = "refused: no text, or too long"


class Entry(Struct, gc=False, omit_defaults=True, rename=lambda name: name.replace("_", "-")):
    """A file as a page of PEP 691 says it; nothing but that it has a name and an address is checked.

    A page has thousands, most of them for other platforms: those are never looked at more closely.
    """

    filename: str
    url: str
    hashes: Any = None
    requires_python: Any = None
    yanked: Any = None
    upload_time: Any = None
    size: Any = None
    core_metadata: Any = None
    dist_info_metadata: Any = None


class IndexFile(Struct, frozen=True, gc=False):
    """One file. `upload_time` is None where the index does not tell, `size` (bytes) likewise.

    `metadata_apart`: whether the index says that it gives the METADATA of the file alone (None: it
    does not say), `metadata_sha256` is the hash of that METADATA where it tells one.
    """

    filename: str
    url: str
    sha256: str | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None
    upload_time: datetime | None = None
    size: int | None = None
    metadata_apart: bool | None = None
    metadata_sha256: str | None = None

    @property
    def is_wheel(self) -> bool:
        """Whether it can be installed as it is."""
        return self.filename.endswith(".whl")

    @property
    def wheel(self) -> Wheel | None:
        """What the name of a wheel says; None for anything else, and for a name that is malformed."""
        return parse_wheel(self.filename) if self.is_wheel else None

    def version_for(self, project: str) -> Version | None:
        """The version of that project that it is a file of; None where it is none of it."""
        if self.is_wheel:
            return self.wheel.version if self.wheel and self.wheel.name == project else None
        found = parse_sdist(self.filename)
        return found[1] if found is not None and found[0] == project else None


@dataclass(frozen=True, slots=True)
class Wheel:
    """The parts of a wheel's name. Of two builds the one with the higher number is installed."""

    name: NormalizedName
    version: Version
    build: BuildTag
    tags: frozenset[Tag]


class ProjectPage:
    """All files of one project on one index, as entries in the form of PEP 691.

    A page has up to ten thousand files, and a stack needs few: most stay what they were on the page.
    """

    def __init__(
        self,
        name: NormalizedName,
        source: str,
        files: Iterable[IndexFile] = (),
        *,
        entries: Sequence[Entry] | None = None,
        base: str = "",
        origins: Mapping[str, str] = {},
    ) -> None:
        self.name = name
        self.source = source
        self.base = base
        #: The source of each file by its address, where they come from several.
        self.origins = origins
        self.entries = [entry_of(file) for file in files] if entries is None else entries

    @cached_property
    def files(self) -> tuple[IndexFile, ...]:
        """The files; making all of them takes longer than most questions."""
        found = (file_of(entry, self.base) for entry in self.entries)
        return tuple(file for file in found if file is not None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProjectPage) and (
            (self.name, self.source, self.files) == (other.name, other.source, other.files)
        )

    def __hash__(self) -> int:
        return hash((self.name, self.source))

    def __repr__(self) -> str:
        return f"ProjectPage({self.name!r}, {self.source!r}, {len(self.entries)} files)"


def file_of(entry: Entry, base: str) -> IndexFile | None:
    """The file of an entry; None where its name or its address is none."""
    filename, address = entry.filename, entry.url
    if not _FILENAME.fullmatch(filename):
        return None
    url = address if address.startswith("https://") else urljoin(base, address)
    if not url.startswith(("https://", "http://")):
        return None
    yanked, size, hashes = entry.yanked, entry.size, entry.hashes
    apart = entry.dist_info_metadata if entry.core_metadata is None else entry.core_metadata
    return IndexFile(
        filename,
        url,
        _hash(hashes.get("sha256")) if isinstance(hashes, dict) else None,
        requires_python_of(entry),
        yanked is not False and yanked is not None,
        yanked if isinstance(yanked, str) and yanked else None,
        moment(entry.upload_time),
        size if isinstance(size, int) and size >= 0 else None,
        None if apart is None else bool(apart),
        _hash(apart.get("sha256")) if isinstance(apart, dict) else None,
    )


def entry_of(file: IndexFile) -> Entry:
    """The entry of a file."""
    moment = file.upload_time
    told: object = file.metadata_apart
    if file.metadata_sha256 is not None:
        told = {"sha256": file.metadata_sha256}
    return Entry(
        file.filename,
        file.url,
        hashes={"sha256": file.sha256} if file.sha256 is not None else None,
        requires_python=file.requires_python,
        yanked=file.yanked_reason or True if file.yanked else None,
        upload_time=None if moment is None else moment.astimezone(UTC).isoformat(),
        size=file.size,
        core_metadata=told,
    )


def requires_python_of(entry: Entry) -> str | None:
    """Which Python the file demands; a demand that is none is kept as one that nobody fulfils."""
    found = entry.requires_python
    if not found:
        return None
    return found if isinstance(found, str) and len(found) <= _LONGEST_DEMAND else _NO_DEMAND


def moment(text: object) -> datetime | None:
    """A time as indexes write it; without a zone it is UTC. None where it is no time."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _hash(text: object) -> str | None:
    return text if isinstance(text, str) and _SHA256.fullmatch(text) else None


@lru_cache(_PARSED)
def parse_wheel(filename: str) -> Wheel | None:
    """The parts of a wheel's name, or None where it is malformed: as packaging has it."""
    parts = filename.split("-", 2)
    behind = wheel_end(parts[2]) if len(parts) == 3 else None
    if behind is None:
        return None
    name, version = wheel_project(parts[0]), parsed_version(parts[1])
    build = parsed_build(behind[0])
    tags = wheel_tags(behind[1])
    if name is None or version is None or build is None or tags is None:
        return None
    return Wheel(name, version, build, tags)


def wheel_end(end: str) -> tuple[str, str] | None:
    """Build (empty: none) and tags from what follows the version in the name of a wheel."""
    parts = end.split("-")
    if not end.endswith(".whl"):
        return None
    if len(parts) == 3:
        return "", end[:-4]
    if len(parts) == 4 and parts[0]:
        return parts[0], end[len(parts[0]) + 1 : -4]
    return None


def parse_sdist(filename: str) -> tuple[NormalizedName, Version] | None:
    """Name and version of a source distribution, or None where it is none."""
    stem = filename.removesuffix(".tar.gz").removesuffix(".zip")
    name, dash, version = stem.rpartition("-")
    found = parsed_version(version) if name and dash and stem != filename else None
    return None if found is None else (canonicalized(name), found)


@lru_cache(_PARSED)
def parsed_version(text: str) -> Version | None:
    """The version that a text names, or None."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(_PARSED)
def canonicalized(name: str) -> NormalizedName:
    """The canonical form of a name, remembered."""
    return canonicalize_name(name)


@lru_cache(_PARSED)
def wheel_project(text: str) -> NormalizedName | None:
    """The project that the first part of a wheel's name is of, or None where it is no name."""
    if "__" in text or not _WHEEL_NAME.fullmatch(text):
        return None
    return canonicalize_name(text)


@lru_cache(_PARSED)
def wheel_tags(text: str) -> frozenset[Tag] | None:
    """The tags that the last three parts of a wheel's name stand for, or None."""
    try:
        return parse_tag(text)
    except ValueError:
        return None


def parsed_build(text: str) -> BuildTag | None:
    """A build number; nothing where there is none, None where it is malformed."""
    if not text:
        return ()
    match = _BUILD.match(text)
    return (int(match[1]), match[2]) if match else None
