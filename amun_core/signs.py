"""What a sign of life is worth: a process works, is silent, or lives and hangs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

#: However short a lease is: signs of life are given every few seconds, on a busy machine later.
MINIMUM_BOUND_SECONDS = 15.0


class Working(StrEnum):
    """How a process fares, by its newest sign of life."""

    WORKS = "works"
    #: no sign of life: stopped, dead, or cut off from the database
    SILENT = "silent"
    #: it gives signs of life, but its work has not moved
    HANGS = "hangs"


def bound_seconds(lease_seconds: float) -> float:
    """How old a sign may be before its process counts as silent or hanging."""
    return max(lease_seconds, MINIMUM_BOUND_SECONDS)


def quiet_seconds(age_seconds: float, detail: Mapping[str, Any]) -> float:
    """For how long the work of the process has not moved, as far as its newest sign tells."""
    told = detail.get("quiet_seconds")
    return age_seconds + (float(told) if isinstance(told, int | float) else 0.0)


def working(age_seconds: float, detail: Mapping[str, Any], lease_seconds: float) -> Working:
    """How the process of this sign fares now."""
    bound = bound_seconds(lease_seconds)
    if age_seconds > bound:
        return Working.SILENT
    return Working.HANGS if quiet_seconds(age_seconds, detail) > bound else Working.WORKS


def role_of(name: str) -> str:
    """The role in the name of a sign of life: ROLE@HOST."""
    return name.partition("@")[0]
