"""What an index says of a project: its files.

Thousands of file names share few versions and few tags, so each of those is parsed once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from packaging.tags import Tag, parse_tag
from packaging.utils import BuildTag, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

_WHEEL_NAME = re.compile(r"[\w.]+", re.ASCII)
_BUILD = re.compile(r"(\d+)(.*)", re.ASCII)
_PARSED = 200_000


@dataclass(frozen=True)
class IndexFile:
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

    @cached_property
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


class FileRow(NamedTuple):
    """A file as a page says it: light, since a page has thousands and a stack needs few.

    `upload_time` is in the form that `datetime.isoformat` gives.
    """

    filename: str
    url: str
    sha256: str | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None
    upload_time: str | None = None
    size: int | None = None
    metadata_apart: bool | None = None
    metadata_sha256: str | None = None

    @classmethod
    def of(cls, file: IndexFile) -> FileRow:
        """The row of a file."""
        moment = file.upload_time
        return cls(
            file.filename,
            file.url,
            file.sha256,
            file.requires_python,
            file.yanked,
            file.yanked_reason,
            None if moment is None else moment.astimezone(UTC).isoformat(),
            file.size,
            file.metadata_apart,
            file.metadata_sha256,
        )

    @property
    def uploaded(self) -> datetime | None:
        """When it was uploaded."""
        return None if self.upload_time is None else datetime.fromisoformat(self.upload_time)

    def file(self) -> IndexFile:
        """The file of this row."""
        return IndexFile(*self[:6], self.uploaded, *self[7:])


class ProjectPage:
    """All files of one project on one index, made from rows or from files."""

    def __init__(
        self,
        name: NormalizedName,
        source: str,
        files: Sequence[IndexFile] = (),
        *,
        rows: Sequence[FileRow] | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.rows = tuple(map(FileRow.of, files)) if rows is None else tuple(rows)

    @cached_property
    def files(self) -> tuple[IndexFile, ...]:
        """The files; making all of them takes longer than most questions."""
        return tuple(row.file() for row in self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProjectPage) and (
            (self.name, self.source, self.rows) == (other.name, other.source, other.rows)
        )

    def __hash__(self) -> int:
        return hash((self.name, self.source))

    def __repr__(self) -> str:
        return f"ProjectPage({self.name!r}, {self.source!r}, {len(self.rows)} files)"


def parse_wheel(filename: str) -> Wheel | None:
    """The parts of a wheel's name, or None where it is malformed: as packaging has it."""
    stem = filename.removesuffix(".whl")
    parts = stem.split("-")
    if stem == filename or len(parts) not in {5, 6}:
        return None
    name, version = _name(parts[0]), parsed_version(parts[1])
    build = _build(parts[2]) if len(parts) == 6 else ()
    if name is None or version is None or build is None:
        return None
    try:
        return Wheel(name, version, build, _tags("-".join(parts[-3:])))
    except ValueError:
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
def _name(text: str) -> NormalizedName | None:
    if "__" in text or not _WHEEL_NAME.fullmatch(text):
        return None
    return canonicalize_name(text)


@lru_cache(_PARSED)
def _tags(text: str) -> frozenset[Tag]:
    return parse_tag(text)


def _build(text: str) -> BuildTag | None:
    match = _BUILD.match(text)
    return (int(match[1]), match[2]) if match else None
