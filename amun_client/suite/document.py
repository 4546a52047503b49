"""The results of a run of a suite, and its plan, as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amun_client.suite.choices import DEFAULT_RUNS, SuiteChoices
from amun_client.suite.fit import Fit, Skip
from amun_client.suite.rows import Outcome, row, summary
from amun_client.suite.run import Planned
from amun_client.suite.stored import Step

Document = dict[str, Any]

RESULTS_SCHEMA = "amun.suite-results/1"
PLAN_SCHEMA = "amun.suite-plan/1"


@dataclass(frozen=True, slots=True)
class Heading:
    """What all rows have in common."""

    suite: Mapping[str, Any]
    key: str
    choices: SuiteChoices
    lock_digest: str
    filters: Sequence[str] = ()

    def document(self) -> Document:
        """As JSON-ready data."""
        choices = self.choices
        return {
            "suite": {
                name: self.suite[name]
                for name in ("name", "digest", "kernel", "title", "reported", "precision")
            },
            "rate_unit": self.suite["rate_unit"],
            "source": self.suite["source"],
            "rule": self.suite["rules"][0],
            "run": self.key,
            "framework": choices.framework,
            "dtype": choices.dtype,
            "device": choices.device,
            "filters": list(self.filters),
            "phases": list(choices.phases),
            "runs": choices.runs or DEFAULT_RUNS,
            "budget_s": choices.budget_seconds,
            "memory_bytes": choices.memory_bytes,
            "processes": choices.processes if self.suite["rate_unit"] == "GB/s" else None,
            "lock_digest": self.lock_digest,
        }


def results(
    heading: Heading, plan: Sequence[Planned], outcomes: Sequence[Sequence[Outcome]]
) -> Document:
    """The rows with what they have in common, and their summary."""
    processes = heading.choices.processes
    rows = [
        row(heading.suite, one.case, found, one.rule, processes)
        for one, found in zip(plan, outcomes, strict=True)
    ]
    return {
        "schema": RESULTS_SCHEMA,
        **heading.document(),
        **_measured_on(outcomes),
        "summary": summary(rows),
        "rows": rows,
    }


def planned(heading: Heading, plan: Sequence[Planned]) -> Document:
    """What would be measured, what is there, what is left out and why."""
    rows = [_planned_row(one) for one in plan]
    wanted = [one for one in rows if one["action"] == "measure"]
    known = [one["predicted_s"] for one in wanted if one["predicted_s"] is not None]
    return {
        "schema": PLAN_SCHEMA,
        **heading.document(),
        "summary": {
            "cases": len(rows),
            **{
                action: sum(one["action"] == action for one in rows)
                for action in ("measure", "stored", "skip")
            },
            "predicted_s": sum(known) if len(known) == len(wanted) else None,
        },
        "rows": rows,
    }


def _planned_row(one: Planned) -> Document:
    fits = one.fit
    measures = [
        ask.phase
        for ask, at in zip(one.asks, one.standings, strict=True)
        if at is not None and at.step in {Step.MEASURE, Step.ADOPT}
    ]
    stored = any(at is not None and at.inspection is not None for at in one.standings)
    action = "measure" if measures else "stored" if stored else "skip"
    why = fits.why if isinstance(fits, Skip) else None
    if fits is None:
        why = next((ask.why_not for ask in one.asks if ask.why_not), None)
    whole = isinstance(fits, Fit) and action == "measure"
    return {
        "index": one.case["index"],
        "name": one.case["name"],
        "parameters": dict(one.case["parameters"]),
        "action": action,
        "why": why if action == "skip" else None,
        "phases": measures,
        "runs": fits.runs if isinstance(fits, Fit) and whole else None,
        "warmups": one.rule.warmups,
        "repeats": fits.repeats if isinstance(fits, Fit) and whole else None,
        "repeats_of_rule": one.rule.repeats,
        "predicted_s": fits.seconds if isinstance(fits, Fit) and whole else None,
    }


def _measured_on(outcomes: Sequence[Sequence[Outcome]]) -> Document:
    """Stack, host and engine, of the newest result; every result of a run has the same."""
    measured = [one for found in outcomes for one in found if one.reading and one.inspection]
    if not measured:
        return {"stack": None, "host": None, "engine": None}
    newest = max(measured, key=lambda one: str((one.inspection or {})["created_at"]))
    assert newest.reading is not None  # noqa: S101  that is how they were chosen
    result = newest.reading.result
    return {"stack": result["stack"], "host": result["host"], "engine": result["engine"]}
