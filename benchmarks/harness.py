"""What the harness adds to what it measures: its rate over that of a hand-written loop.

Each block runs, for each framework and size, two fresh processes in an order drawn by a coin: (a) the
indicator `matmul` as an engine starts it, and (b) a script of a few lines that times the same product
of the same kind of data in a tight loop, with the same interpreter and thread counts. The value is
the ratio of the medians of the rates, for the framework and size where it lies farthest from 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._environments import environment
from benchmarks._runs import Place
from benchmarks.report import print_report, spread
from pis.work import square_product

GOAL = (0.98, 1.02)

#: iterations for each size: a quarter of a second to a few seconds a process
ITERATIONS = {512: 200, 2048: 30}
UNTIMED = 5

LOOP = {
    "numpy": """
import json, sys, time, numpy
n, reps, untimed = map(int, sys.argv[1:])
generator = numpy.random.RandomState(0)
a, b = (generator.uniform(-1, 1, (n, n)).astype("float32") for _ in range(2))
for _ in range(untimed):
    a @ b
times = []
for _ in range(reps):
    start = time.perf_counter()
    a @ b
    times.append(time.perf_counter() - start)
print(json.dumps(times))
""",
    "tensorflow": """
import json, sys, time, numpy, tensorflow as tf
n, reps, untimed = map(int, sys.argv[1:])
generator = numpy.random.RandomState(0)
a, b = (tf.constant(generator.uniform(-1, 1, (n, n)).astype("float32")) for _ in range(2))
for _ in range(untimed):
    tf.linalg.matmul(a, b)
times = []
for _ in range(reps):
    start = time.perf_counter()
    tf.linalg.matmul(a, b)
    times.append(time.perf_counter() - start)
print(json.dumps(times))
""",
}


@dataclass
class Case:
    """One framework at one size, and the rates found so far, GFLOPS."""

    framework: str
    size: int
    python: Path
    harness: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How the case is named in the details."""
        return f"{self.framework}_{self.size}"

    def run_block(self, coin: random.Random, folder: Path) -> None:
        """Both arms once, in an order drawn by the coin."""
        arms = [self._run_harness, self._run_loop]
        if coin.random() < 0.5:
            arms.reverse()
        for arm in arms:
            arm(folder)

    def ratio(self) -> float:
        """Median rate by the harness over median rate by the loop."""
        return median(self.harness) / median(self.loop)

    def details(self) -> dict[str, Any]:
        """Everything that the ratio was made from."""
        pairs = [ours / bare for ours, bare in zip(self.harness, self.loop, strict=True)]
        return {
            "ratio_of_medians": round(self.ratio(), 6),
            "ratio_in_each_block": spread(pairs),
            "harness_gflops": spread(self.harness),
            "loop_gflops": spread(self.loop),
            "iterations": ITERATIONS[self.size],
        }

    def _run_harness(self, folder: Path) -> None:
        parameters = {"matrix_size": self.size, "reps": ITERATIONS[self.size] + UNTIMED}
        place = Place(self.python, folder)
        result = place.indicator("matmul", self.framework, parameters)
        self.harness.append(result["@result"]["rate"])

    def _run_loop(self, folder: Path) -> None:
        arguments = [str(self.size), str(ITERATIONS[self.size]), str(UNTIMED)]
        printed = Place(self.python, folder).start(["-c", LOOP[self.framework], *arguments])
        self.loop.append(square_product(self.size) / median(json.loads(printed)) / 1e9)


def main() -> int:
    """Measure and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--frameworks", nargs="+", default=["numpy", "tensorflow"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[512, 2048], choices=ITERATIONS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    coin = random.Random(options.seed)
    cases = [
        Case(framework, size, environment(framework))
        for framework in options.frameworks
        for size in options.sizes
    ]
    with tempfile.TemporaryDirectory(prefix="amun-harness-") as folder:
        for block in range(options.blocks):
            for case in coin.sample(cases, len(cases)):
                case.run_block(coin, Path(folder))
                print(
                    f"block {block + 1}/{options.blocks} {case.name}: harness "
                    f"{case.harness[-1]:.1f}, loop {case.loop[-1]:.1f} GFLOPS",
                    file=sys.stderr,
                )
    ratios = [case.ratio() for case in cases]
    print_report(
        name="harness",
        value=max(ratios, key=lambda ratio: abs(ratio - 1)),
        unit="ratio",
        goal=f"{GOAL[0]} to {GOAL[1]} for every framework and size",
        holds=all(GOAL[0] <= ratio <= GOAL[1] for ratio in ratios),
        compared_with="a hand-written tight loop of the same product in a fresh process",
        details={
            "blocks": options.blocks,
            "load_average": [round(load, 2) for load in os.getloadavg()],
            **{case.name: case.details() for case in cases},
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
