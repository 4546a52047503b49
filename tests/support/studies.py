"""Documents of a study as the service gives them, for the tests of reports, tables and plots."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from amun_client.study.catalogue import study_named
from amun_client.study.report import make_report
from amun_statistics.description import describe

IDENTITY = "sizes-0123456789"
HOST = {"id": "h", "name": "bench-1", "processor": "Example CPU", "cpu_count": 2}


def inspection(value: int, number: int, state: str = "succeeded", **changes: Any) -> dict[str, Any]:
    study = changes.pop("study", "sizes")
    values = changes.pop("values", "64,128")
    rounds = changes.pop("rounds", "2")
    return {
        "id": f"inspection-{value:04d}{number:04d}",
        "state": state,
        "labels": {
            "study": study,
            "study.id": IDENTITY,
            "study.value": str(value),
            "study.round": str(number),
            "study.values": values,
            "study.rounds": rounds,
        },
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": None},
        "runs": {"requested": 1, "accepted": 1},
        "failure": None,
        "created_at": "2030-01-01T12:00:00Z",
        "ended_at": "2030-01-01T12:00:04Z",
        **changes,
    }


def statistics(values: Sequence[float]) -> dict[str, Any]:
    described = describe(values)
    shown = asdict(described)
    for name in ("median_interval", "covm_interval"):
        found = getattr(described, name)
        shown[name] = None if found is None else [found.low, found.high]
    return shown


def group(value: int, rates: Sequence[float], **changes: Any) -> dict[str, Any]:
    return {
        "value": str(value),
        "inspections": {"succeeded": len(rates)},
        "hosts": ["h"],
        "stacks": ["s"],
        "rate_gflops": statistics(rates),
        "elapsed_s": statistics([1 / rate for rate in rates]),
        "values": [
            {
                "inspection_id": f"inspection-{value:04d}{index:04d}",
                "ended_at": None,
                "host_id": "h",
                "stack_digest": "s",
                "runs": 1,
                "disturbed_runs": 0,
                "rate_gflops": rate,
                "elapsed_s": 1 / rate,
            }
            for index, rate in enumerate(rates)
        ],
        **changes,
    }


def rates(centre: float, spread: float, n: int, seed: int = 1) -> list[float]:
    drawn = random.Random(f"{seed}/{centre}")
    return [centre * (1 + drawn.gauss(0, spread)) for _ in range(n)]


def report(study: str, groups: Sequence[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A report of these groups as `make_report` makes it."""
    values = ",".join(one["value"] for one in groups) or "64"
    longest = max((len(one["values"]) for one in groups), default=1)
    inspections = [
        inspection(int(one["value"]), number, study=study, values=values, rounds=str(longest))
        for one in groups
        for number in range(1, len(one["values"]) + 1)
    ] or [inspection(64, 1, "queued", study=study, values=values)]
    known = study_named(study)
    example = {
        "host": HOST,
        "indicator": {"name": "matmul", "framework": "numpy"},
        "stack": {
            "digest": "amun-stack-1:0123456789",
            "packages": [{"name": "numpy", "version": "2.4.6"}],
        },
    }
    specification = {
        "indicator": {"parameters": {**known.parameters, known.varies: 64, "reps": 100}}
    }
    made = make_report(IDENTITY, inspections, {"groups": list(groups)}, example, specification)
    return {**made, **changes}
