"""Many inspections taken together: the table of statistics of a study, a suite or any label.

Only inspections that succeeded have a say: one value each, the median of its accepted runs. The
inspections, not their runs or iterations, are what is independent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from math import inf
from typing import Any

from flask import Response

from amun_api.documentation import part
from amun_api.errors import InvalidQueryError
from amun_api.json_answer import json_answer
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.v1.parameters import SummaryQuery
from amun_api.v1.summary_models import Summaries
from amun_core.states import InspectionState
from amun_statistics.description import describe
from amun_statistics.median import median
from knowledge_graph.rate_units import common_unit
from knowledge_graph.run_values import InspectionValues

api = part("summaries", "inspection", Surface.V1)

#: A study of the prior system's size (7 values, 300 inspections each) fits several times.
MAXIMUM_INSPECTIONS = 20_000


@api.get("/api/v1/summaries", responses={200: Summaries})
def summarise_inspections(query: SummaryQuery) -> Response:
    """Statistics over inspections, grouped by a label: medians with intervals, quartiles, spread."""
    found = service().queries.run_values(query.filter(), by=query.by, limit=MAXIMUM_INSPECTIONS + 1)
    if len(found) > MAXIMUM_INSPECTIONS:
        raise InvalidQueryError(
            f"more than {MAXIMUM_INSPECTIONS} inspections are meant",
            hint="Narrow them by label, indicator, framework, package or host.",
        )
    document = {"schema": "amun.summaries/1", "by": query.by, "groups": summary_groups(found)}
    return json_answer(document)


def summary_groups(found: Sequence[InspectionValues]) -> list[dict[str, Any]]:
    """A document for each group, numbers in their order, then text."""
    members: dict[str | None, list[InspectionValues]] = {}
    for one in found:
        members.setdefault(one.group, []).append(one)
    return [_group(value, members[value]) for value in sorted(members, key=_natural)]


def _natural(value: str | None) -> tuple[float, str]:
    text = value or ""
    try:
        number = float(text)
    except ValueError:
        number = inf
    # what is not a number has no order among numbers
    return (number if number == number else inf), text  # noqa: PLR0124


def _group(value: str | None, members: Sequence[InspectionValues]) -> dict[str, Any]:
    measured = [_value(one) for one in members if one.state is InspectionState.SUCCEEDED]
    return {
        "value": value,
        "inspections": dict(sorted(Counter(one.state.value for one in members).items())),
        "hosts": sorted({one["host_id"] for one in measured if one["host_id"]}),
        "stacks": sorted({one["stack_digest"] for one in measured if one["stack_digest"]}),
        "rate_unit": common_unit([one["rate_unit"] for one in measured]),
        "rate_gflops": _statistics(measured, "rate_gflops"),
        "elapsed_s": _statistics(measured, "elapsed_s"),
        "values": measured,
    }


def _value(one: InspectionValues) -> dict[str, Any]:
    return {
        "inspection_id": one.inspection_id,
        "ended_at": one.ended_at,
        "host_id": one.host_id,
        "stack_digest": one.stack_digest,
        "runs": one.runs,
        "disturbed_runs": one.disturbed_runs,
        "rate_unit": one.rate_unit,
        "rate_gflops": median(one.rates_gflops) if one.rates_gflops else None,
        "elapsed_s": median(one.elapsed_seconds) if one.elapsed_seconds else None,
    }


def _statistics(measured: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    described = describe([one[name] for one in measured if one[name] is not None])
    shown = asdict(described)
    for interval in ("median_interval", "covm_interval"):
        found = getattr(described, interval)
        shown[interval] = None if found is None else (found.low, found.high)
    return shown
