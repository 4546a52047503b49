"""The unit of a run's rate: an indicator's is GFLOPS, a script's is the one that it printed, if any."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import JSON, ColumnElement, case, literal, type_coerce

from knowledge_graph.models import runs

INDICATOR_UNIT = "GFLOPS"
_LONGEST_UNIT = 40
_NO_UNIT = re.compile(r"[\[{]|[-+0-9.eE]+$|(?:true|false|null)$")


def rate_unit_column() -> ColumnElement[Any]:
    """The unit as a column; what a script printed is looked at only where a script was run."""
    facts = type_coerce(runs.c.facts, JSON)
    printed = facts[("result", "unit")].as_string()
    return case((runs.c.indicator.is_not(None), literal(INDICATOR_UNIT)), else_=printed).label(
        "rate_unit"
    )


def unit_of_facts(facts: Mapping[str, Any], *, indicator: bool) -> str | None:
    """The same for a run of which the facts are at hand."""
    if indicator:
        return INDICATOR_UNIT
    result = facts.get("result")
    return plain_unit(result.get("unit") if isinstance(result, Mapping) else None)


def plain_unit(unit: object) -> str | None:
    """A unit fit to be shown, or None: an earlier version kept whatever was printed."""
    if not isinstance(unit, str) or not 0 < len(unit) <= _LONGEST_UNIT or not unit.isprintable():
        return None
    # a database gives a number or a list as its JSON text
    return None if _NO_UNIT.match(unit) else unit


def common_unit(units: Collection[str | None]) -> str | None:
    """The unit that all runs share; None where they differ or have none."""
    found = set(units)
    return found.pop() if len(found) == 1 else None
