"""Whether a version takes a Python, by its Requires-Python.

A stack is valid where `uv` installs it and pip does not refuse it. A text that can be read is obeyed whole,
its upper bounds too: `uv` looks at lower bounds only, but pip refuses such a version, and the standard says
that it is not for this Python. Texts that only old installers could read are mended as by `uv` where it is
plain what was meant (`!=3.0*`, `>=3.6.*`); of those pip takes each version, so the lower bounds alone count.
What cannot be mended is no demand that can be met: `uv` takes no such file.
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

#: It is nowhere: a text is tried as it is first.
_NOTHING = re.compile(r"(?!)")
#: What is wrong, and what was meant; one after the other, until it can be read.
_MENDED = (
    (re.compile(r"(\d)([<>=~^!])"), r"\1,\2"),  # >=3.6<4
    (re.compile(r"!=~((?:\d\.)*\d)"), r"!=\1.*"),  # !=~3.1
    (re.compile(r"(<=|>=|<|>)(\s*\d+(?:\.\d+)*)\.\*"), r"\1\2"),  # >=3.6.*
    (re.compile(r"(\d\.\d)+\*"), r"\1.*"),  # !=3.0*
    (re.compile(r",\s*$"), ""),  # >=3.6,
    (re.compile(r">dev"), ">=0.0.0.dev"),
    (re.compile(r"(\d+\.\d+(?:\.\d+)*)[\'\"]+"), r"\1"),  # <2.0'
    (re.compile(r"[\'\"]+"), ""),  # '>=3.6'
)

#: What says from which Python on.
_LOWER = frozenset({">=", "==", "===", "~="})


def read_lenient(text: str) -> SpecifierSet | None:
    """A specifier, mended where it must be; None where nobody can tell what was meant."""
    mended = text
    for wrong, meant in ((_NOTHING, ""), *_MENDED):
        mended = wrong.sub(meant, mended)
        try:
            return SpecifierSet(mended)
        except InvalidSpecifier:
            continue
    return None


@lru_cache(65_536)
def python_taken(requires: str, python: str) -> bool | None:
    """Whether a demand admits this Python; None where nobody can tell what it means.

    >>> python_taken(">=3.8,<3.11", "3.11.7"), python_taken(">=3.11.8", "3.11.7")
    (False, False)
    """
    demand = read_lenient(requires)
    if demand is None:
        return None
    try:
        here = Version(python.rstrip("+"))
    except InvalidVersion:
        return True
    if _is_plain(requires):
        return demand.contains(here, prereleases=True)
    return all(
        _from(one.version) <= here
        if one.operator in _LOWER
        else one.contains(here, prereleases=True)
        for one in demand
        if one.operator == ">" or one.operator in _LOWER
    )


def _is_plain(requires: str) -> bool:
    """Whether the text can be read as it is."""
    try:
        SpecifierSet(requires)
    except InvalidSpecifier:
        return False
    return True


def _from(version: str) -> Version:
    return Version(version.removesuffix(".*"))
