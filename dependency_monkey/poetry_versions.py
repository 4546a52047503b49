"""Versions as Poetry writes them, in the words of PEP 440: ^1.2, ~1.2, 1.*, and lists of them."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_PART = re.compile(r"\s*(\^|~=|~|===|==|!=|<=|>=|<|>|=)?\s*v?([0-9][0-9A-Za-z.*+!_-]*|\*)\s*")


def poetry_specifier(value: object) -> str | None:
    """The specifier; None for what is none, or has alternatives (||), which no specifier can say.

    >>> poetry_specifier("^1.2.3")
    '>=1.2.3,<2.0.0'
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    if text in {"", "*"}:
        return ""
    parts: list[str] = []
    for alternative in [text] if "|" not in text else []:
        for part in filter(None, (one.strip() for one in alternative.split(","))):
            found = _parts(part)
            if found is None:
                return None
            parts += found
    try:
        SpecifierSet(",".join(parts))
    except InvalidSpecifier:
        return None
    return ",".join(parts) if parts else None


def poetry_marker_of_python(value: object) -> str | None:
    """The marker of a Python that is asked for: alternatives are possible here."""
    if not isinstance(value, str):
        return None
    alternatives = []
    for one in re.split(r"\s*\|\|?\s*", value.strip()):
        specifier = poetry_specifier(one)
        if specifier is None:
            return None
        if not specifier:
            return ""
        bounds = [f"python_full_version {_operator(part)}" for part in specifier.split(",")]
        alternatives.append(" and ".join(bounds))
    return " or ".join(f"({one})" for one in alternatives)


def _operator(part: str) -> str:
    found = re.match(r"[~=!<>]+", part)
    operator = "" if found is None else found[0]
    version = part[len(operator) :]
    return f"{operator} '{version}'"


def _parts(text: str) -> list[str] | None:
    """Bounds that stand beside each other, parted by spaces."""
    found: list[str] = []
    rest = text
    while rest:
        match = _PART.match(rest)
        if match is None:
            return None
        rest = rest[match.end() :]
        bounds = _bounds(match[1] or "", match[2])
        if bounds is None:
            return None
        found += bounds
    return found


def _bounds(operator: str, text: str) -> list[str] | None:
    if operator in {"", "=", "=="}:
        return [] if text == "*" else [f"=={text}"]
    if operator not in {"^", "~"}:
        return [f"{operator}{text}"]
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    release = list(version.release)
    if operator == "~":
        place = 0 if len(release) == 1 else 1
    else:  # up to the first number that is not zero, or the last that was written
        place = next((n for n, number in enumerate(release) if number), len(release) - 1)
    upper = [*release[:place], release[place] + 1] + [0] * (max(len(release), 2) - place - 1)
    epoch = f"{version.epoch}!" if version.epoch else ""
    return [f">={version}", f"<{epoch}{'.'.join(map(str, upper))}"]
