"""What a file's metadata asks for in an environment: without extras, and for each extra.

The same few thousand lines come again in the metadata of all versions, so each is read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion

from dependency_monkey.index.metadata_headers import Headers, read_headers

#: More lines than this are refused: no real project comes near.
MAXIMUM_REQUIREMENTS = 20_000
MAXIMUM_EXTRAS = 2_000
_LONGEST_LINE = 10_000
#: The parser recurses once for each bracket of a marker.
_MOST_BRACKETS = 64


class MalformedMetadataError(Exception):
    """The metadata cannot be understood; the message quotes the line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One requirement that applies: package, versions, extras; `direct` where it names an address.

    `versions` is the text of the specifier: what it is known by.
    """

    name: NormalizedName
    specifier: SpecifierSet
    extras: frozenset[NormalizedName]
    direct: bool
    text: str
    versions: str

    @classmethod
    def of(cls, requirement: Requirement, text: str) -> Asked:
        """From a requirement, whose marker is looked at elsewhere."""
        return cls(
            canonicalize_name(requirement.name),
            requirement.specifier,
            frozenset(map(canonicalize_name, requirement.extras)),
            requirement.url is not None,
            text,
            str(requirement.specifier),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Wants:
    """What a file asks for: always, for each of its extras besides, and of the Python.

    Files that say the same share one object.
    """

    always: tuple[Asked, ...]
    extras: Mapping[NormalizedName, tuple[Asked, ...]]
    requires_python: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    asked: Asked
    always: bool
    markers_extra: bool
    requirement: Requirement


class RequirementReader:
    """Reads metadata for one environment."""

    def __init__(self, markers: Mapping[str, str]) -> None:
        self._markers = dict(markers)
        self._lines: dict[str, _Line] = {}
        self._by_extra: dict[tuple[str, str], bool] = {}
        self._wants: dict[tuple[tuple[str, ...], tuple[str, ...], str | None], Wants] = {}

    def read(self, metadata: bytes) -> Wants:
        """What the metadata asks for. Raises MalformedMetadataError."""
        headers = read_headers(metadata)
        key = headers.requires_dist, headers.provides_extra, headers.requires_python
        found = self._wants.get(key)
        if found is None:
            found = self._wants[key] = self._read(headers)
        return found

    def _read(self, headers: Headers) -> Wants:
        lines = headers.requires_dist
        if len(lines) > MAXIMUM_REQUIREMENTS:
            raise MalformedMetadataError(f"{len(lines)} requirements")
        if len(headers.provides_extra) > MAXIMUM_EXTRAS:
            raise MalformedMetadataError(f"{len(headers.provides_extra)} extras")
        known = [self._line(line) for line in lines]
        always = tuple(line.asked for line in known if line.always)
        for asked in always:
            if asked.direct:  # what names an address instead of versions comes from no index
                raise MalformedMetadataError(f"{asked.text[:200]!a} names an address")
        conditional = [
            (text, line)
            for text, line in zip(lines, known, strict=True)
            if not line.always and line.markers_extra
        ]
        extras = {
            extra: tuple(
                line.asked for text, line in conditional if self._applies(text, line, extra)
            )
            for extra in map(canonicalize_name, headers.provides_extra)
        }
        return Wants(always, extras, headers.requires_python)

    def _line(self, text: str) -> _Line:
        line = self._lines.get(text)
        if line is None:
            line = self._lines[text] = self._parse(text)
        return line

    def _parse(self, text: str) -> _Line:
        too_long = len(text) > _LONGEST_LINE or text.count("(") > _MOST_BRACKETS
        if too_long or not text.isprintable():
            raise MalformedMetadataError(f"a requirement that no name fits: {text[:60]!a}")
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, RecursionError) as error:
            why = str(error).splitlines()[0]
            raise MalformedMetadataError(f"{text[:200]!a}: {why[:200]}") from None
        marker = requirement.marker
        return _Line(
            Asked.of(requirement, text),
            marker is None or self._holds(requirement, ""),
            marker is not None and "extra" in str(marker),
            requirement,
        )

    def _applies(self, text: str, line: _Line, extra: NormalizedName) -> bool:
        key = text, extra
        found = self._by_extra.get(key)
        if found is None:
            found = self._by_extra[key] = self._holds(line.requirement, extra)
        return found

    def _holds(self, requirement: Requirement, extra: str) -> bool:
        marker = requirement.marker
        try:
            return marker is not None and marker.evaluate({**self._markers, "extra": extra})
        except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion) as error:
            raise MalformedMetadataError(f"{str(requirement)[:200]!a}: {error}") from None
