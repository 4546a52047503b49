"""Requirements by the thousand: what most lines look like is taken apart without a full parser.

Most lines are a name, extras, versions, and one of a few markers. Markers and versions come again and
again, so each is parsed once. Whatever looks otherwise is given to the real parser, so that a line
means here what it means there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct
from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from amun_core.python_demand import read_lenient

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
# white space as packaging has it: a line break is none
_PART = r"(?:~=|==|!=|<=|>=|<|>)[ \t]*[A-Za-z0-9][A-Za-z0-9.*+!_-]*"
_PARTS = rf"{_PART}(?:[ \t]*,[ \t]*{_PART})*"
_LINE = re.compile(
    rf"({_NAME})"
    r"[ \t]*(?:\[([A-Za-z0-9._, -]*)\])?"
    rf"[ \t]*(?:({_PARTS})|\([ \t]*({_PARTS})[ \t]*\))?"
    r"[ \t]*(?:;[ \t]*(.+))?",
    re.ASCII,
)
_FOR_EXTRA = re.compile(rf"""([^;@]*);[ \t]*extra[ \t]*==[ \t]*(['"])({_NAME})\2[ \t]*""", re.ASCII)
_EXTRA = re.compile(rf"""([^;@]*);\s*extra\s*==\s*(['"])({_NAME})\2\s*""", re.ASCII)
_EXTRA = re.compile(_NAME, re.ASCII)
#: What comes before the versions, and the versions, in brackets or not.
_HEAD = re.compile(
    rf"[ \t]*({_NAME}[ \t]*(?:\[[^\]]*\])?)[ \t]*(?:\(([^()@;]+)\)|([^()@;]+))[ \t]*", re.ASCII
)
_REMEMBERED = 65_536


class RequirementLine(Struct, frozen=True):
    """The parts of a line: as those of packaging's Requirement."""

    name: str
    extras: frozenset[str]
    specifier: SpecifierSet
    marker: Marker | None
    url: str | None = None


def read_line(text: str) -> RequirementLine:
    """The parts of a requirement. Raises InvalidRequirement, and RecursionError."""
    found = _LINE.fullmatch(text)
    if found is not None:
        try:
            extras = _extras(found[2])
            if extras is not None:
                marker = None if found[5] is None else _marker(found[5])
                return RequirementLine(
                    found[1], extras, _versions(found[3] or found[4] or ""), marker
                )
        except (InvalidMarker, InvalidSpecifier):
            pass  # the real parser says what is wrong
    parsed = _parsed(text)
    return RequirementLine(
        parsed.name, frozenset(parsed.extras), parsed.specifier, parsed.marker, parsed.url
    )


def _parsed(text: str) -> Requirement:
    """By the real parser; what only an old installer could read is mended, as `uv` does."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        found = _HEAD.fullmatch(text.partition(";")[0])
        versions = read_lenient((found[2] or found[3]).strip()) if found else None
        if found is None or versions is None:
            raise
        _, semicolon, marker = text.partition(";")
        return Requirement(f"{found[1]}{versions}{semicolon}{marker}")


def read_line_for_extra(text: str) -> tuple[RequirementLine, NormalizedName] | None:
    """Requirement and extra of a line whose marker names one extra and nothing else; else None.

    Most lines are such, and the same requirement is there for several extras. Raises InvalidRequirement.
    """
    found = _FOR_EXTRA.fullmatch(text)
    return None if found is None else (_bare(found[1]), canonicalize_name(found[3]))


@lru_cache(_REMEMBERED)
def _bare(text: str) -> RequirementLine:
    return read_line(text)


def _extras(text: str | None) -> frozenset[str] | None:
    if text is None or not text.strip():
        return frozenset()
    names = [name.strip() for name in text.split(",")]
    return frozenset(names) if all(map(_EXTRA.fullmatch, names)) else None


@lru_cache(_REMEMBERED)
def _marker(text: str) -> Marker:
    return Marker(text)


@lru_cache(_REMEMBERED)
def _versions(text: str) -> SpecifierSet:
    return SpecifierSet(text)
