"""Verdicts by asv's own code: run with the interpreter of an environment that has asv.

Reads one JSON document on standard input and prints the verdicts as another. The samples of all
processes of a side are one list, as asv keeps them; whether `asv run` stored them (`--record-samples`)
decides which of its two tests `asv compare` can use.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from asv.commands.compare import _is_result_better
from asv_runner.statistics import compute_stats

Side = tuple[float, tuple[dict[str, Any], list[float] | None]]


def side(runs: list[list[float]], *, stored: bool) -> Side:
    """What asv keeps of one revision: the result, and (statistics, samples)."""
    samples = [sample for run in runs for sample in run]
    value, stats = compute_stats(samples, number=1)
    return value, (stats, samples if stored else None)


def verdict(a: Side, b: Side, factor: float) -> str:
    """The mark of `asv compare A B`, in words."""
    if _is_result_better(b[0], a[0], b[1], a[1], factor):
        return "faster"
    if _is_result_better(a[0], b[0], a[1], b[1], factor):
        return "slower"
    return "unchanged"


def main() -> None:
    """Judge every comparison of the document."""
    asked = json.load(sys.stdin)
    runs, stored, factor = asked["runs"], asked["stored"], asked["factor"]
    verdicts = []
    for one in asked["comparisons"]:
        a = side([runs[index] for index in one["a"]], stored=stored)
        longer = [[value * one["times"] for value in runs[index]] for index in one["b"]]
        verdicts.append(verdict(a, side(longer, stored=stored), factor))
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
