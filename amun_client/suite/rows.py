"""The rows of a suite's results: the published form of its source, and beside it our record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from amun_client.suite.ask import Ask
from amun_client.suite.fit import Rule
from amun_client.suite.reading import Reading

Document = Mapping[str, Any]


class PhaseState(StrEnum):
    """What became of one phase of a case."""

    MEASURED = "measured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    NOT_MEASURED = "not_measured"
    #: the source has none, or nothing here can measure it
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one phase; a time there is only where it was measured."""

    ask: Ask
    state: PhaseState
    why: str | None = None
    inspection: Document | None = None
    reading: Reading | None = None


def row(
    suite: Document, case: Document, outcomes: Sequence[Outcome], rule: Rule, processes: int
) -> dict[str, Any]:
    """One case as JSON-ready data."""
    applicable = [one for one in outcomes if one.state is not PhaseState.ABSENT]
    phases = [_phase(suite, case, one, rule, processes) for one in outcomes]
    times = [one["time_ms"] for one in phases if one["time_ms"] is not None]
    # a total has every phase that the source times
    timed = len(times) == sum(1 for phase in case["phases"] if phase["applicable"])
    found: dict[str, Any] = {
        "index": case["index"],
        "name": case["name"],
        "parameters": dict(case["parameters"]),
        "state": _state(applicable),
        "why": next((one.why for one in applicable or outcomes if one.why), None),
        "total_ms": sum(times) if timed and times else None,
        "phases": phases,
        "notes": dict(case["notes"]),
    }
    if case["sheet_flop"] is not None:
        found |= _sparse(case, outcomes)
    return found


def summary(rows: Sequence[Document]) -> dict[str, Any]:
    """How many cases came to what, and the operations over the time of all that was measured."""
    phases = [phase for one in rows for phase in one["phases"] if phase["time_ms"] is not None]
    counted = [phase for phase in phases if phase["flop"] is not None]
    flop = sum(phase["flop"] for phase in counted)
    seconds = sum(phase["time_ms"] for phase in counted) / 1e3
    states = [one["state"] for one in rows]
    return {
        "cases": len(rows),
        **{
            state.value: states.count(state)
            for state in PhaseState
            if state is not PhaseState.ABSENT
        },
        "disturbed": sum(any(phase["disturbed_runs"] for phase in one["phases"]) for one in rows),
        "repeats_reduced": sum(
            any(phase["repeats_reduced"] for phase in one["phases"]) for one in rows
        ),
        "flop": flop if counted else None,
        "seconds": seconds if counted else None,
        "tflops": flop / seconds / 1e12 if seconds else None,
    }


def _state(applicable: Sequence[Outcome]) -> str:
    """The worst of the phases; a case of which nothing can be measured is skipped."""
    states = {one.state for one in applicable}
    order = (
        PhaseState.FAILED,
        PhaseState.CANCELLED,
        PhaseState.NOT_MEASURED,
        PhaseState.SKIPPED,
        PhaseState.MEASURED,
    )
    return next((state.value for state in order if state in states), PhaseState.SKIPPED.value)


def _phase(
    suite: Document, case: Document, outcome: Outcome, rule: Rule, processes: int
) -> dict[str, Any]:
    ask, reading = outcome.ask, outcome.reading
    seconds = reading.time_s if reading else None
    found = {
        "name": ask.phase,
        "state": outcome.state.value,
        "why": outcome.why,
        "inspection_id": outcome.inspection["id"] if outcome.inspection else None,
        "indicator": ask.indicator,
        "framework": ask.framework or None,
        "parameters": dict(ask.parameters),
        "changed": dict(ask.changed),
        "flop": ask.flop,
        "time_ms": None if seconds is None else seconds * 1e3,
        "mean_ms": reading.mean_s * 1e3 if reading else None,
        "disturbed_runs": reading.disturbed_runs if reading else 0,
        "tflops": ask.flop / seconds / 1e12 if seconds and ask.flop is not None else None,
        "gb_per_s": None,
        "warmups": reading.warmups if reading else None,
        "repeats": reading.repeats if reading else None,
        "repeats_of_rule": rule.repeats,
        "repeats_reduced": bool(reading and reading.repeats < rule.repeats),
        "record": _record(reading),
    }
    if suite["rate_unit"] == "GB/s" and seconds:
        found["gb_per_s"] = case["bytes"] * processes / seconds / 1e9
        found["processes"] = processes
    return found


def _record(reading: Reading | None) -> dict[str, Any] | None:
    """What the inspection itself says: medians over fresh runs with their intervals."""
    if reading is None:
        return None
    found = reading.summary
    return {
        "runs": found["runs"],
        "median_s": found["median_elapsed_s"],
        "interval_s": found["elapsed_interval"],
        "rate_gflops": found["median_rate_gflops"],
        "rate_interval_gflops": found["rate_interval"],
        "confidence": found["confidence"],
        "interval_absent_because": found["interval_absent_because"],
        "relative_spread": found["relative_spread"],
        "disturbed_runs": reading.disturbed_runs,
        "peak_rss_bytes": found["peak_rss_bytes"],
    }


def _sparse(case: Document, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What the sheets of sparse products have beside the times; their rate counts the zeros."""
    first = outcomes[0].reading if outcomes else None
    dense = next((one.reading for one in outcomes if one.ask.phase == "dense"), None)
    sparse = first if outcomes and outcomes[0].ask.phase == "sparse" else None
    return {
        "speedup": dense.time_s / sparse.time_s if dense and sparse else None,
        "sheet_tflops": case["sheet_flop"] / sparse.time_s / 1e12 if sparse else None,
    }
