"""Verdicts by pyperf's own code: run with the interpreter of an environment that has pyperf.

Reads one JSON document on standard input and prints the verdicts as another. What is judged is what
`pyperf compare_to a.json b.json` judges: two benchmarks of one run for each process.
"""

from __future__ import annotations

import json
import sys

import pyperf
from pyperf._compare import CompareData, CompareResult


def benchmark(runs: list[list[float]]) -> pyperf.Benchmark:
    """One side: a run for each process."""
    metadata = {"name": "matmul", "unit": "second"}
    return pyperf.Benchmark(
        [pyperf.Run(values, metadata=metadata, collect_metadata=False) for values in runs]
    )


def verdict(a: pyperf.Benchmark, b: pyperf.Benchmark, min_speed: float | None) -> str:
    """What `compare_to` says of b against a, in words."""
    compared = CompareResult(CompareData("a", a), CompareData("b", b), min_speed)
    if not compared.significant:
        return "unchanged"
    return "slower" if compared.norm_mean > 1 else "faster"


def main() -> None:
    """Judge every comparison of the document."""
    asked = json.load(sys.stdin)
    runs = asked["runs"]
    verdicts = []
    for one in asked["comparisons"]:
        a = benchmark([runs[index] for index in one["a"]])
        longer = [[value * one["times"] for value in runs[index]] for index in one["b"]]
        verdicts.append(verdict(a, benchmark(longer), asked["min_speed"]))
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
