"""How precise an inspection that stops by itself has become, and what ended it.

Nothing of this is stored: it follows from the specification and the accepted runs by the same pure
decision that the measurer takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amun_statistics.stopping import (
    CONFIDENCE,
    CONFIDENCE_AT_LOOK,
    RULE_MEANINGS,
    Goal,
    decide,
)


def goal_of(specification: Mapping[str, Any]) -> Goal | None:
    """The goal of a normalised specification; None where a number of runs was asked for."""
    precision = specification.get("precision")
    if precision is None:
        return None
    return Goal(
        relative_half_width=precision["relative_half_width"],
        maximum_runs=precision["maximum_runs"],
        maximum_seconds=precision["maximum_seconds"],
        fewest_runs=specification["runs"],
    )


def shown_precision(
    goal: Goal | None,
    times: Sequence[tuple[float | None, float]],
    iterations: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """The precision so far. `times` are (median iteration, whole run) of each accepted run, s."""
    if goal is None:
        return None
    seconds = sum(whole for _, whole in times)
    decision = decide(goal, [one for one, _ in times if one is not None], len(times), seconds)
    rule = decision.stopped_by
    return {
        "goal": goal.relative_half_width,
        "half_width": decision.half_width,
        "precision_reached": decision.reached,
        "stopped_by": rule,
        "why": None if rule is None else RULE_MEANINGS[rule],
        "confidence": CONFIDENCE,
        "confidence_at_look": CONFIDENCE_AT_LOOK,
        "runs": len(times),
        "fewest_runs": goal.fewest_runs,
        "maximum_runs": goal.maximum_runs,
        "seconds": seconds,
        "maximum_seconds": goal.maximum_seconds,
        "iterations": iterations,
    }
