"""Entries of a lock that cannot be installed: a fault where they apply, nothing where they do not.

Whether a marker holds is known for certain only where the stack is installed. What holds on every
Linux with CPython is told at once; the rest waits for the environment (`amun_core.lock.select`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.version import InvalidVersion

from amun_core.intake import Intake
from amun_core.locked_package import Unusable, parsed_marker

#: Older ones are not looked at: "python_version >= 3.8" stands in most locks.
_OLDEST_MINOR, _NEWEST_MINOR = 8, 20
_MACHINES = ("x86_64", "aarch64")


def put_off(
    intake: Intake, inner: Intake, name: str, marker: str | None, origin: str
) -> Unusable | None:
    """Take over what `inner` found, or, where the marker may not hold, put its faults off."""
    if not inner.faults or marker is None or holds_everywhere(marker):
        intake.faults.extend(inner.faults)
        intake.warnings.extend(inner.warnings)
        return None
    return Unusable(name, marker, origin, inner.faults[0].message)


@lru_cache(4096)
def holds_everywhere(marker: str) -> bool:
    """Whether a marker holds on every Linux with CPython, whatever is asked for beside it."""
    try:
        return all(_holds(marker, minor, machine) for minor in _minors() for machine in _MACHINES)
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return False


def _minors() -> range:
    return range(_OLDEST_MINOR, _NEWEST_MINOR + 1)


def _holds(marker: str, minor: int, machine: str) -> bool:
    environment: dict[str, Any] = {
        "implementation_name": "cpython",
        "implementation_version": f"3.{minor}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"3.{minor}.0",
        "python_version": f"3.{minor}",
        "sys_platform": "linux",
        "extras": frozenset(),
        "dependency_groups": frozenset(),
        "extra": "",
    }
    return parsed_marker(marker).evaluate(environment, context="lock_file")
