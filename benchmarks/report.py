"""The one line of JSON that every benchmark ends with, and the spread that it quotes."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, quartiles, minimum and maximum of `values`, in their unit."""
    quartiles = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return {
        "n": len(values),
        "median": round(statistics.median(values), 6),
        "q1": round(quartiles[0], 6),
        "q3": round(quartiles[2], 6),
        "minimum": round(min(values), 6),
        "maximum": round(max(values), 6),
    }


def print_report(
    *,
    name: str,
    value: float,
    unit: str,
    goal: str,
    holds: bool,
    compared_with: str,
    details: Mapping[str, Any],
) -> None:
    """Print the closing line of a benchmark."""
    print(
        json.dumps(
            {
                "name": name,
                "value": round(value, 6),
                "unit": unit,
                "goal": goal,
                "holds": holds,
                "compared_with": compared_with,
                "details": details,
            }
        ),
        flush=True,
    )
