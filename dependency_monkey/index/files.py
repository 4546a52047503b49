"""What an index says of a project: its files.

Thousands of file names share few versions and few tags, so each of those is parsed once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

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
        stem = self.filename.removesuffix(".tar.gz").removesuffix(".zip")
        name, dash, version = stem.rpartition("-")
        if stem == self.filename or not dash or canonicalized(name) != project:
            return None
        return parsed_version(version)


@dataclass(frozen=True, slots=True)
class Wheel:
    """The parts of a wheel's name. Of two builds the one with the higher number is installed."""

    name: NormalizedName
    version: Version
    build: BuildTag
    tags: frozenset[Tag]


@dataclass(frozen=True)
class ProjectPage:
    """All files of one project on one index."""

    name: NormalizedName
    source: str
    files: tuple[IndexFile, ...]


def parse_wheel(filename: str) -> Wheel | None:
    """The parts of a wheel's name, or None where it is malformed: as packaging has it."""
    parts = filename.removesuffix(".whl").split("-")
    if len(parts) not in {5, 6}:
        return None
    name, version = _name(parts[0]), parsed_version(parts[1])
    build = _build(parts[2]) if len(parts) == 6 else ()
    if name is None or version is None or build is None:
        return None
    try:
        return Wheel(name, version, build, _tags("-".join(parts[-3:])))
    except ValueError:
        return None


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
