"""What a file's metadata asks for in an environment: without extras, and for each extra.

The same few thousand lines come again in the metadata of all versions, so each is read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import compat32

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

#: More lines than this are refused: no real project comes near.
MAXIMUM_REQUIREMENTS = 20_000
_LONGEST_LINE = 10_000


class MalformedMetadataError(Exception):
    """The metadata cannot be understood; the message quotes the line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One requirement that applies: package, versions, extras; `direct` where it names an address."""

    name: NormalizedName
    specifier: SpecifierSet
    extras: frozenset[NormalizedName]
    direct: bool
    text: str


@dataclass(frozen=True, slots=True)
class Wants:
    """What a file asks for: always, and for each of its extras besides."""

    always: tuple[Asked, ...]
    extras: Mapping[NormalizedName, tuple[Asked, ...]]


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

    def read(self, metadata: bytes) -> Wants:
        """What the metadata asks for. Raises MalformedMetadataError."""
        lines, provided = _headers(metadata)
        if len(lines) > MAXIMUM_REQUIREMENTS:
            raise MalformedMetadataError(f"{len(lines)} requirements")
        known = [self._line(line) for line in lines]
        always = tuple(line.asked for line in known if line.always)
        extras = {}
        for extra in provided:
            extras[extra] = tuple(
                line.asked
                for text, line in zip(lines, known, strict=True)
                if not line.always and line.markers_extra and self._applies(text, line, extra)
            )
        return Wants(always, extras)

    def _line(self, text: str) -> _Line:
        line = self._lines.get(text)
        if line is None:
            line = self._lines[text] = self._parse(text)
        return line

    def _parse(self, text: str) -> _Line:
        if len(text) > _LONGEST_LINE or not text.isprintable():
            raise MalformedMetadataError(f"a requirement that no name fits: {text[:60]!r}")
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise MalformedMetadataError(f"{text!r}: {str(error).splitlines()[0]}") from None
        marker = requirement.marker
        always = marker is None or marker.evaluate({**self._markers, "extra": ""})
        asked = Asked(
            canonicalize_name(requirement.name),
            requirement.specifier,
            frozenset(map(canonicalize_name, requirement.extras)),
            requirement.url is not None,
            text,
        )
        return _Line(asked, always, marker is not None and "extra" in str(marker), requirement)

    def _applies(self, text: str, line: _Line, extra: NormalizedName) -> bool:
        key = text, extra
        found = self._by_extra.get(key)
        if found is None:
            marker = line.requirement.marker
            found = marker is not None and marker.evaluate({**self._markers, "extra": extra})
            self._by_extra[key] = found
        return found


def _headers(metadata: bytes) -> tuple[list[str], list[NormalizedName]]:
    # some files end their lines with a stray carriage return
    message = BytesHeaderParser(policy=compat32).parsebytes(metadata.replace(b"\r", b""))
    lines = [" ".join(str(line).split()) for line in message.get_all("Requires-Dist") or []]
    provided = [
        canonicalize_name(str(one).strip()) for one in message.get_all("Provides-Extra") or []
    ]
    return lines, list(dict.fromkeys(provided))
