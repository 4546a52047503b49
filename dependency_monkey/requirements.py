"""What a file's metadata asks for in an environment: without extras, and for each extra.

The same few thousand lines come again in the metadata of all versions, so each is read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion

from amun_core.intake import shown
from amun_core.redaction import shortened
from dependency_monkey.index.metadata_headers import Headers, read_headers
from dependency_monkey.requirement_lines import RequirementLine, read_line, read_line_for_extra

if TYPE_CHECKING:
    from dependency_monkey.overriding import Overriding

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
    def of(cls, requirement: Requirement | RequirementLine, text: str) -> Asked:
        """From a requirement, whose marker is looked at elsewhere."""
        return cls(
            canonicalize_name(requirement.name),
            requirement.specifier,
            frozenset(map(canonicalize_name, requirement.extras)),
            requirement.url is not None,
            text,
            str(requirement.specifier),
        )


@dataclass
class _Line:
    """A line that applies always, or may because of an extra, or never.

    `extra` is the one that it is for where its marker says nothing else: most are, and few of those are
    ever asked for. Else `marker` says it.
    """

    text: str
    requirement: RequirementLine
    always: bool = False
    marker: Marker | None = None
    extra: NormalizedName | None = None

    @property
    def conditional(self) -> bool:
        """Whether it may apply because of an extra."""
        return self.extra is not None or self.marker is not None

    @cached_property
    def asked(self) -> Asked:
        """What it asks for where it applies."""
        return Asked.of(self.requirement, self.text)

    def holds(self, markers: Mapping[str, str], extra: str) -> bool:
        """Whether it applies because of that extra. Raises MalformedMetadataError."""
        return self.extra == extra if self.extra else _holds(self.marker, markers, extra)


class Wants:
    """What a file asks for: always, for each of its extras besides, and of the Python.

    Files that say the same share one object. Few extras are ever asked for, so each is looked at when
    it is.
    """

    def __init__(
        self,
        always: tuple[Asked, ...],
        provided: frozenset[NormalizedName],
        conditional: tuple[_Line, ...],
        markers: Mapping[str, str],
        requires_python: str | None = None,
    ) -> None:
        self.always = always
        self.provided = provided
        self.requires_python = requires_python
        self._conditional = conditional
        self._markers = markers
        self._because: dict[str, tuple[Asked, ...]] = {}

    def because_of(self, extra: str) -> tuple[Asked, ...]:
        """What an extra adds, declared or not, as for `uv`; pip asks for a declared one."""
        found = self._because.get(extra)
        if found is None:
            found = self._because[extra] = self._look_up(extra)
        return found

    def _look_up(self, extra: str) -> tuple[Asked, ...]:
        added = []
        for line in self._conditional:
            try:
                applies = line.holds(self._markers, extra)
            except MalformedMetadataError:
                # who asks for this extra asks for something that nobody can fulfil
                added.append(replace(line.asked, direct=True))
            else:
                if applies:
                    added.append(line.asked)
        return tuple(added)


class RequirementReader:
    """Reads metadata for one environment. `overriding` puts other requirements in their place."""

    def __init__(self, markers: Mapping[str, str], overriding: Overriding | None = None) -> None:
        self._markers = dict(markers)
        self._overriding = overriding
        self._lines: dict[str, _Line] = {}
        self._holding: dict[int, tuple[bool, Marker]] = {}
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
        if self._overriding is not None:
            known = [new for line in known for new in _replaced(line, self._overriding)]
        always = tuple(line.asked for line in known if line.always)
        for asked in always:
            if asked.direct:  # what names an address instead of versions comes from no index
                raise MalformedMetadataError(f"{shortened(asked.text, 200)!a} names an address")
        return Wants(
            always,
            frozenset(map(canonicalize_name, headers.provides_extra)),
            tuple(line for line in known if line.conditional),
            self._markers,
            headers.requires_python,
        )

    def _line(self, text: str) -> _Line:
        line = self._lines.get(text)
        if line is None:
            line = self._lines[text] = self._parse(text)
        return line

    def _parse(self, text: str) -> _Line:
        too_long = len(text) > _LONGEST_LINE or text.count("(") > _MOST_BRACKETS
        if too_long or not text.isprintable():
            raise MalformedMetadataError(f"a requirement that no name fits: {shown(text)}")
        try:
            for_extra = read_line_for_extra(text)
            if for_extra is not None:
                return _Line(text, for_extra[0], extra=for_extra[1])
            requirement = read_line(text)
        except (InvalidRequirement, RecursionError) as error:
            why = str(error).splitlines()[0]
            raise MalformedMetadataError(
                f"{shortened(text, 200)!a}: {shortened(why, 200)}"
            ) from None
        marker = requirement.marker
        if marker is None or self._always(marker):
            return _Line(text, requirement, always=True)
        names_extra = "extra" in text.rpartition(";")[2]
        return _Line(text, requirement, marker=marker if names_extra else None)

    def _always(self, marker: Marker) -> bool:
        """Whether it holds without any extra; lines share few markers."""
        found = self._holding.get(id(marker))
        if found is None:
            # the marker is kept beside, so that its identity stays its own
            found = self._holding[id(marker)] = _holds(marker, self._markers, ""), marker
        return found[0]


def _replaced(line: _Line, overriding: Overriding) -> list[_Line]:
    """The line, or those in its place: of its marker only that it is for an extra stays."""
    instead = overriding.instead.get(canonicalize_name(line.requirement.name))
    if instead is None:
        return [line]
    return [
        _Line(
            new.text,
            RequirementLine(new.name, frozenset(new.extras), new.specifier, None),
            always=not line.conditional,
            marker=line.marker,
            extra=line.extra,
        )
        for new in instead
    ]


def _holds(marker: Marker | None, markers: Mapping[str, str], extra: str) -> bool:
    try:
        return marker is not None and marker.evaluate({**markers, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion) as error:
        raise MalformedMetadataError(f"{shortened(str(marker), 200)!a}: {error}") from None
