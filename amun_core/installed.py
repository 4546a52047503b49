"""What is installed, compared with what is locked: one meaning for whoever compares.

`pis.installed` says the same once more inside a run, where nothing of ours can be imported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Protocol

from packaging.version import InvalidVersion, Version

from amun_core.plan import LockedRequirement
from amun_core.python_demand import python_taken

_SEPARATORS = re.compile(r"[-_.]+")


class Named(Protocol):
    """A distribution: its name and version."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...


def canonical_name(name: str) -> str:
    """The one spelling of a project's name, as the packaging specifications define it."""
    return _SEPARATORS.sub("-", name).lower()


def same_version(locked: str, installed: str) -> bool:
    """Equal by PEP 440; a local part ("+cpu") counts only where the lock names one."""
    try:
        one, other = Version(locked), Version(installed)
    except InvalidVersion:
        return locked == installed
    return one == other or (one.local is None and one.public == other.public)


def is_other_build(requirement: LockedRequirement, installed: str) -> bool:
    """Whether 1.0+cpu stands for a 1.0 that the lock pins by hash: nothing checked that hash."""
    if (
        requirement.url
        or not requirement.hashes
        or not same_version(requirement.version, installed)
    ):
        return False
    return "+" in installed and "+" not in requirement.version


def differences(
    requirements: Collection[LockedRequirement],
    installed: Iterable[Named],
    *,
    allowed_extra: Collection[str] = (),
) -> list[str]:
    """Each difference between lock and environment, named; [] if there is none."""
    wanted = {canonical_name(item.name): item.version for item in requirements}
    there = {canonical_name(package.name): package.version for package in installed}
    allowed = {canonical_name(name) for name in allowed_extra}
    found = []
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            found.append(f"{name}: lock has {wanted[name]}, nothing is installed")
        elif name not in wanted:
            if name not in allowed:
                found.append(f"{name}: not in the lock, installed is {there[name]}")
        elif not same_version(wanted[name], there[name]):
            found.append(f"{name}: lock has {wanted[name]}, installed is {there[name]}")
    return found


def takes_python(requires: str, python: str) -> bool:
    """Whether a Requires-Python admits this Python, as for `uv`; one that nobody can read admits every one."""
    return python_taken(requires, python) is not False
