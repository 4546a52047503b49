"""How often a slowdown of 5 % is found, and what it costs: B does 21 kernel calls for A's 20.

Live trials: an iteration of A calls the product 20 times, one of B 21 times, so that the truth is
exactly 1.05 and nothing sleeps. Each trial is a comparison by the same code: blocks of fresh
processes in an order thrown by a coin, the same looks, the same end. Replayed trials: the A/A blocks
of `false_positives` with log 1.05 added to B, in contiguous windows with coins thrown anew. The value
is the smallest lower 95 % bound of the rate of "slower" among the replayed records.

Killed and started again with the same options, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amun_statistics.binomial import lower_bound
from amun_statistics.replay import ReplayOutcome, replay
from benchmarks._blocks import Arm, Block, Comparison, Run, compare
from benchmarks._environments import FRAMEWORKS, environment
from benchmarks._record import Record
from benchmarks._runs import Place, pis_folder
from benchmarks._same import add_options, same_blocks
from benchmarks.false_positives import described, records
from benchmarks.report import print_report, spread

#: A product of this size takes a tenth of a millisecond, so that an iteration of 20 is short enough
#: for the median of a run's iterations to pass over whatever interrupts a few of them.
SIZE, ITERATIONS = 128, 100
CALLS = {"a": 20, "b": 21}
RATIO = CALLS["b"] / CALLS["a"]
GOAL = 0.90
COVERAGE_GOAL = 0.93

#: The harness of the indicators times an iteration of so many calls of the same product.
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from itertools import repeat
import numpy
from pis import harness, steady
size, iterations, calls = map(int, sys.argv[2:])
generator = numpy.random.RandomState(0)
a, b = (generator.uniform(-1, 1, (size, size)).astype("float32") for _ in range(2))
def step():
    for _ in repeat(None, calls):
        numpy.matmul(a, b)
values = harness.measure(step, iterations).values
print(json.dumps(steady.median(values[steady.classify(values).warmups:])))
"""


@contextmanager
def arms(threads: int) -> Iterator[dict[str, Arm]]:
    """Runs of A and of B."""
    with tempfile.TemporaryDirectory(prefix="amun-benchmark-") as folder:
        place = Place(environment("numpy"), Path(folder), threads)

        def arm(calls: int) -> Arm:
            numbers = [str(number) for number in (SIZE, ITERATIONS, calls)]
            command = ["-c", PROGRAM, str(pis_folder().parent), *numbers]
            return lambda: Run(json.loads(place.start(command)))

        yield {name: arm(calls) for name, calls in CALLS.items()}


def live_trials(options: argparse.Namespace) -> list[Comparison]:
    """All live trials; blocks that are on record already are not measured anew."""
    settings = {
        "requirement": FRAMEWORKS["numpy"],
        "program": PROGRAM,
        "arguments": [SIZE, ITERATIONS, CALLS],
        "threads": options.threads,
        "seed": options.seed,
    }
    ended = []
    with arms(options.threads) as arm:
        for trial in range(options.trials):
            record = Record("power", {**settings, "trial": trial}, fresh=options.fresh)
            name = f"trial {trial + 1}/{options.trials}"
            ended.append(compare(name, arm["a"], arm["b"], record, options.seed))
    return ended


def described_trials(trials: Sequence[Comparison]) -> dict[str, Any]:
    """The live trials for the details."""
    verdicts = [trial.decision.verdict for trial in trials]
    covers = [
        (trial.decision.low or 0.0) <= RATIO <= (trial.decision.high or math.inf)
        for trial in trials
    ]
    return {
        "trials": len(trials),
        "ended": {name: verdicts.count(name) for name in sorted(set(verdicts))},
        "slower_lower_95": round(lower_bound(verdicts.count("slower"), len(trials)), 4),
        "coverage": round(sum(covers) / len(trials), 4),
        "blocks": _typical([trial.decision.blocks for trial in trials]),
        "minutes": _typical([trial.minutes for trial in trials]),
        "ratio": spread([trial.decision.ratio for trial in trials]),
    }


def _typical(values: Sequence[float]) -> dict[str, float]:
    tenths = statistics.quantiles(values, n=10, method="inclusive") if len(values) > 1 else values
    return {"median": round(statistics.median(values), 3), "p90": round(tenths[-1], 3)}


def replay_shifted(
    halves: Mapping[str, Sequence[Block]], comparisons: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Each record with log 1.05 added to B: the outcome, and what such a comparison costs."""
    found = {}
    for name, blocks in records(halves).items():
        outcome = replay([block.seconds for block in blocks], comparisons, seed, math.log(RATIO))
        minutes = statistics.fmean(block.wall_s for block in blocks) / 60
        print(
            f"replayed {name}: slower {100 * outcome.slower / comparisons:.2f} % (at least "
            f"{100 * outcome.slower_lower:.2f} %), {outcome.blocks_median:.0f} blocks",
            file=sys.stderr,
        )
        found[name] = {
            "outcome": outcome,
            "details": {
                **described(outcome),
                "slower_lower_95": round(outcome.slower_lower, 4),
                "blocks": {"median": outcome.blocks_median, "p90": outcome.blocks_p90},
                "minutes": {
                    "median": round(outcome.blocks_median * minutes, 3),
                    "p90": round(outcome.blocks_p90 * minutes, 3),
                },
            },
        }
    return found


def main() -> int:
    """Measure what is missing, replay, print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--comparisons", type=int, default=10_000, help="replayed, of each record")
    parser.add_argument("--trials", type=int, default=20, help="live")
    options = parser.parse_args()
    replayed = replay_shifted(same_blocks(options), options.comparisons, options.seed)
    outcomes: list[ReplayOutcome] = [one["outcome"] for one in replayed.values()]
    trials = described_trials(live_trials(options))
    value = min(outcome.slower_lower for outcome in outcomes)
    coverage = min(trials["coverage"], *(outcome.coverage for outcome in outcomes))
    print_report(
        name="power",
        value=value,
        unit="lower 95 % bound of the rate",
        goal=f"at least {GOAL} slower at a true ratio of {RATIO}; intervals hold the truth in at "
        f"least {COVERAGE_GOAL}, live as well; at least {GOAL} of the live trials end slower",
        holds=value >= GOAL
        and coverage >= COVERAGE_GOAL
        and trials["ended"].get("slower", 0) >= GOAL * options.trials,
        compared_with="the known truth: 21 kernel calls for 20, and A/A blocks shifted by log 1.05",
        details={
            "live": trials,
            "replayed": {name: one["details"] for name, one in replayed.items()},
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
