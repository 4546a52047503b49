"""Whether the rates of the indicators are those of a hand-written loop, and stay below the peak.

For each framework, matmul and conv2d: a comparison by our own verdicts, A a script of a few lines
that times the same product in a tight loop, B the indicator as an engine starts it; blocks of fresh
processes in an order thrown by a coin, until the ratio is known to lie within the band of 2 %. The
peak is the largest of several fresh runs of the indicator `peak` on every framework with as many
threads; no rate may exceed it. The value is the ratio that lies farthest from 1.

Killed and started again with the same options, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pis.catalogue
from benchmarks._blocks import Arm, Comparison, Run, compare
from benchmarks._environments import FRAMEWORKS, environment
from benchmarks._loops import parameters, program
from benchmarks._record import Record
from benchmarks._runs import Place
from benchmarks.report import print_report, spread

INDICATORS = ("matmul", "conv2d")
UNTIMED = 5
#: A run lasts a third of a second or more, and not so long that the machine drifts within a block.
ITERATIONS = {
    ("numpy", "matmul"): 300,
    ("numpy", "conv2d"): 300,
    ("torch", "matmul"): 1000,
    ("torch", "conv2d"): 200,
    ("tensorflow", "matmul"): 1000,
    ("tensorflow", "conv2d"): 1500,
}
LARGEST = 2048
#: For both arms: the C library keeps what is freed. PyTorch's convolution takes and frees megabytes in
#: each iteration; given back to the system at the top of the heap, they cost a thousand page faults, more
#: than the product itself, and how many depends on what else lies in the heap.
KEEPS_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(1 << 26),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}
VARIABLES: Mapping[str, Mapping[str, str]] = {"matmul": {}, "conv2d": KEEPS_MEMORY}


@dataclass(frozen=True)
class Case:
    """One product on one framework."""

    framework: str
    indicator: str
    place: Place

    @property
    def name(self) -> str:
        """How the case is called."""
        return f"{self.framework}_{self.indicator}"

    @property
    def iterations(self) -> int:
        """Timed iterations of a run, warm-up of the indicator included."""
        return ITERATIONS[self.framework, self.indicator]

    def loop(self) -> Run:
        """One run of the hand-written loop."""
        numbers = [str(self.iterations), str(UNTIMED)]
        text = program(self.framework, self.indicator)
        return Run(statistics.median(json.loads(self.place.start(["-c", text, *numbers]))))

    def harness(self) -> Run:
        """One run of the indicator."""
        asked = {**self._parameters, "reps": self.iterations + UNTIMED}
        result = self.place.indicator(self.indicator, self.framework, asked)
        return Run(result["@result"]["elapsed"] / 1e3)

    def operations(self) -> float:
        """Floating-point operations of an iteration."""
        checked, faults = pis.catalogue.check(self.indicator, self.framework, self._parameters)
        work = pis.catalogue.declaration(self.indicator).work
        if faults or work is None:
            raise SystemExit(f"error: {self.name}: {faults}")
        return float(work(checked))

    def record(self, seed: int, *, fresh: bool) -> Record:
        """Its blocks so far."""
        settings = {
            "requirement": FRAMEWORKS[self.framework],
            "program": program(self.framework, self.indicator),
            "parameters": dict(self._parameters),
            "iterations": self.iterations,
            "threads": self.place.threads,
            "seed": seed,
        }
        if self.place.variables:
            settings["variables"] = dict(self.place.variables)
        return Record(f"loops-{self.name}", settings, fresh=fresh)

    @property
    def _parameters(self) -> Mapping[str, Any]:
        return parameters(self.framework, self.indicator)


def peak(places: Mapping[str, Place], runs: int, *, fresh: bool) -> float:
    """The largest rate of any run of the indicator `peak`, GFLOPS."""
    rates: list[float] = []
    for framework, place in places.items():
        settings = {"largest": LARGEST, "threads": place.threads, "on": FRAMEWORKS[framework]}
        record = Record(f"peak-{framework}", settings, fresh=fresh)

        def measure(
            number: int, framework: str = framework, place: Place = place
        ) -> dict[str, Any]:
            result = place.indicator("peak", framework, {"largest": LARGEST}, seed=number)
            rate = result["@result"]["peak_rate"]
            print(f"peak on {framework}: {rate:.1f} GFLOPS", file=sys.stderr)
            return {"peak_rate": rate}

        rates += [line["peak_rate"] for line in record.fill(runs, measure)]
    return max(rates)


def described(case: Case, ended: Comparison, bound: float) -> dict[str, Any]:
    """One case for the details."""
    decision, work = ended.decision, case.operations() / 1e9
    rates: dict[str, list[float]] = {"A": [], "B": []}
    for block in ended.blocks:
        for whose, seconds in zip(block.order, block.seconds, strict=True):
            rates[whose].append(work / seconds)
    return {
        "verdict": decision.verdict,
        "time_harness_over_time_loop": round(decision.ratio, 5),
        "interval": [end and round(end, 5) for end in (decision.low, decision.high)],
        "blocks": decision.blocks,
        "minutes": round(ended.minutes, 2),
        "loop_gflops": spread(rates["A"]),
        "harness_gflops": spread(rates["B"]),
        "largest_share_of_peak": round(max(rates["A"] + rates["B"]) / bound, 4),
    }


def main() -> int:
    """Compare every case, find the peak, print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frameworks", nargs="+", default=list(FRAMEWORKS), choices=FRAMEWORKS)
    parser.add_argument("--indicators", nargs="+", default=list(INDICATORS), choices=INDICATORS)
    parser.add_argument("--maximum-blocks", type=int, default=80)
    parser.add_argument("--peak-runs", type=int, default=3, help="of each framework")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amun-benchmark-") as folder:
        places = {
            framework: Place(environment(framework), Path(folder), options.threads)
            for framework in options.frameworks
        }
        bound = peak(places, options.peak_runs, fresh=options.fresh)
        ended = {}
        for framework, place in places.items():
            for indicator in options.indicators:
                here = replace(place, variables=VARIABLES[indicator])
                case = Case(framework, indicator, here)
                record = case.record(options.seed, fresh=options.fresh)
                arms: tuple[Arm, Arm] = (case.loop, case.harness)
                ended[case] = compare(
                    case.name,
                    *arms,
                    record,
                    options.seed,
                    cap=options.maximum_blocks,
                    give_up=False,
                )
    cases = {case.name: described(case, one, bound) for case, one in ended.items()}
    _report(options, cases, bound)
    return 0


def _report(options: argparse.Namespace, cases: Mapping[str, dict[str, Any]], bound: float) -> None:
    farthest: Callable[[float], float] = lambda ratio: abs(ratio - 1)  # noqa: E731
    share = max(case["largest_share_of_peak"] for case in cases.values())
    print_report(
        name="loops",
        value=max((case["time_harness_over_time_loop"] for case in cases.values()), key=farthest),
        unit="ratio",
        goal="every case equivalent within 2 %, no rate above the measured peak",
        holds=share <= 1 and all(case["verdict"] == "equivalent" for case in cases.values()),
        compared_with="a hand-written tight loop of the same product in fresh processes",
        details={
            "threads": options.threads,
            "variables": VARIABLES,
            "peak_gflops": round(bound, 2),
            "largest_share_of_peak": share,
            **cases,
        },
    )


if __name__ == "__main__":
    sys.exit(main())
