"""Two stored inspections judged by their runs, which were not made beside each other.

The interval is the exact rank-sum one of the runs (`amun_statistics.unpaired`). It knows the noise
within each inspection and nothing of what changed on the host between the two. So it is widened in
the logarithm, on both ends, by log(f): f is the least effect that blocks on this host detect by its
newest calibration, and 1.10 where there is none, or where there are two hosts and theirs is less.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from amun_api.comparability import differences_of
from amun_core.errors import InvalidInputError
from amun_core.states import InspectionState
from amun_statistics.median import median
from amun_statistics.unpaired import unpaired_ratio
from amun_statistics.verdict import classify
from knowledge_graph.comparison_records import CalibrationView, RunValues
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import InspectionView

#: What two measurements at different times may differ by where nothing is known of the host.
UNKNOWN_HOST = 1.10

Interval = tuple[float, float]

_NOT_INTERLEAVED = (
    "The two inspections were not interleaved: what changed on the host between them is in the "
    "ratio, and no number of runs takes it out. Compare their specifications to have them measured "
    "side by side."
)


@dataclass(frozen=True)
class StoredArm:
    """An inspection with what its accepted runs say."""

    view: InspectionView
    plan: Mapping[str, Any]
    host: Mapping[str, Any]
    runs: Sequence[RunValues]

    @property
    def seconds(self) -> list[float]:
        """One value for each run, s."""
        return [run.elapsed_seconds for run in self.runs if run.elapsed_seconds]


def stored_arm(queries: GraphQueries, identity: str) -> StoredArm:
    """An inspection that has ended with runs. NotFoundError; InvalidInputError says what is amiss."""
    view = queries.inspection(identity)
    if not view.state.terminal:
        raise InvalidInputError(
            f"{view.inspection_id} is {view.state}", hint="Wait until it has ended."
        )
    hosts = {host["id"]: host["description"] for host in queries.hosts()}
    plan = from_json(view.plan) if view.plan else {}
    arm = StoredArm(
        view, plan, hosts.get(view.host_id) or {}, queries.arm_values(view.inspection_id)
    )
    if not arm.seconds:
        ended = "" if view.state is InspectionState.SUCCEEDED else f", and has {view.state}"
        raise InvalidInputError(f"{view.inspection_id} has no run that tells its time{ended}")
    return arm


def judge(
    a: StoredArm, b: StoredArm, band: float, calibrations: Sequence[CalibrationView]
) -> dict[str, Any]:
    """The outcome of comparing two stored inspections, as it is stored with the comparison."""
    because = differences_of(a, b)
    factor, why = widening(a.view.host_id, b.view.host_id, calibrations)
    ratio, interval = _interval(a.seconds, b.seconds, factor)
    verdict: str = "not_comparable" if because else classify(interval, band)
    return {
        "verdict": verdict,
        "direction": None if because else _direction(interval),
        "ratio": ratio,
        "low": math.exp(interval[0]) if interval else None,
        "high": math.exp(interval[1]) if interval else None,
        "blocks": 0,
        "blocks_to_decide": None,
        "looks": [],
        "widened_by": factor if interval else None,
        "not_comparable_because": because,
        "notes": _notes(a, b, factor, why, interval, because),
    }


def widening(
    a_host: str | None, b_host: str | None, calibrations: Sequence[CalibrationView]
) -> tuple[float, str]:
    """The factor by which both ends are moved apart, and why it is that."""
    effects = [_newest_effect(host, calibrations) for host in dict.fromkeys((a_host, b_host))]
    known = [effect for effect in effects if effect is not None]
    if len(effects) == len(known) == 1:
        return known[0], "the least effect that this host detects by its newest calibration"
    if len(effects) > 1:
        factor = max([UNKNOWN_HOST, *known])
        return factor, "they were made on two hosts, which no calibration covers"
    return UNKNOWN_HOST, "this host has no calibration that tells what it can detect"


def _newest_effect(host_id: str | None, calibrations: Sequence[CalibrationView]) -> float | None:
    newest = next((one for one in calibrations if one.host_id == host_id), None)
    return None if newest is None else newest.least_detectable_effect


def _interval(
    a: Sequence[float], b: Sequence[float], factor: float
) -> tuple[float, Interval | None]:
    """The ratio, and the widened interval of its logarithm; None where there are too few runs."""
    found = unpaired_ratio(a, b)
    if found is None:
        differences = [math.log(of_b) - math.log(of_a) for of_a in a for of_b in b]
        return math.exp(median(differences)), None
    wider = math.log(factor)
    return found.ratio, (math.log(found.low) - wider, math.log(found.high) + wider)


def _direction(interval: Interval | None) -> str | None:
    if interval is None:
        return None
    return "slower" if interval[0] > 0 else "faster" if interval[1] < 0 else None


def _notes(
    a: StoredArm,
    b: StoredArm,
    factor: float,
    why: str,
    interval: Interval | None,
    because: Sequence[Mapping[str, Any]],
) -> list[str]:
    notes = [_NOT_INTERLEAVED]
    if interval is None:
        notes.append(
            f"{len(a.seconds)} and {len(b.seconds)} runs are too few for an interval: four of each "
            "are the fewest."
        )
    else:
        notes.append(
            f"Because of that each end of the interval was moved outwards by the factor {factor:.3g}: "
            f"{why}."
        )
    if because:
        notes.append(
            "They were not measured under the same conditions: the ratio says nothing of the stacks."
        )
    return notes
