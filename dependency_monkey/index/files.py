"""What an index says of a project: its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from packaging.tags import Tag
from packaging.utils import BuildTag, InvalidWheelFilename, NormalizedName, parse_wheel_filename
from packaging.version import InvalidVersion, Version


@dataclass(frozen=True)
class IndexFile:
    """One file. `upload_time` is None where the index does not tell, `size` (bytes) likewise."""

    filename: str
    url: str
    sha256: str | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None
    upload_time: datetime | None = None
    size: int | None = None

    @property
    def is_wheel(self) -> bool:
        """Whether it can be installed as it is."""
        return self.filename.endswith(".whl")

    @cached_property
    def wheel(self) -> Wheel | None:
        """What the name of a wheel says; None for anything else, and for a name that is malformed."""
        if not self.is_wheel:
            return None
        try:
            return Wheel(*parse_wheel_filename(self.filename))
        except (InvalidWheelFilename, InvalidVersion):
            return None


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
