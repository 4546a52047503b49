"""The same measured seconds judged by three tools: false verdicts, and slowdowns of 5 % found.

The A/A blocks of `false_positives` are replayed as comparisons (see `amun_statistics.replay`), as they
are and with B's seconds multiplied by 1.05. When ours has ended, asv and pyperf get all runs that it
used, so that all have spent the same seconds, and judge them by their own code, imported from their
packages. Each judges twice: with the runs dealt out as ours were (interleaved), and as one would run
these tools, the first half being A and the second B (sequential). Of the iterations of a run each tool
gets what it would keep: pyperf three values after one of warm-up, asv the five samples after as long a
warm-up. Beside the defaults of both (any significant difference; asv only from a factor of 1.1)
they are tried with our band as their threshold, and with the number of processes that they start by
themselves. The value is how many verdicts of ours were right less those of the better of the two
tools by default, in shares of the comparisons.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from amun_statistics.replay import Replayed, replayed
from amun_statistics.verdict import DEFAULT_BAND
from benchmarks._blocks import Block
from benchmarks._environments import interpreter_with
from benchmarks._same import HALVES, add_options, same_blocks
from benchmarks.report import print_report

RATIOS = (1.0, 1.05)

Deal = Callable[[Replayed], tuple[list[int], list[int]]]


def interleaved(end: Replayed) -> tuple[list[int], list[int]]:
    """The runs of A and of B as the coins of ours dealt them: indexes into the record's runs."""
    a: list[int] = []
    b: list[int] = []
    for number, abba in enumerate(end.coins[: end.decision.blocks]):
        first = 4 * (end.start + number)
        (a if abba else b).extend((first, first + 3))
        (b if abba else a).extend((first + 1, first + 2))
    return a, b


def sequential(end: Replayed) -> tuple[list[int], list[int]]:
    """The same runs, the earlier half A and the later half B."""
    first, half = 4 * end.start, 2 * end.decision.blocks
    return list(range(first, first + half)), list(range(first + half, first + 2 * half))


def by_itself(processes: int) -> Deal:
    """As many processes of A and then of B as the tool starts by default."""

    def deal(end: Replayed) -> tuple[list[int], list[int]]:
        first = 4 * end.start
        middle = first + processes
        return list(range(first, middle)), list(range(middle, middle + processes))

    return deal


def chunks(iterations: Sequence[float], number: int) -> list[float]:
    """Means of so many parts of a run, one after the other: values of several loops each."""
    edges = [round(part * len(iterations) / number) for part in range(number + 1)]
    return [
        statistics.fmean(iterations[start:end]) for start, end in pairwise(edges) if end > start
    ]


def of_pyperf(iterations: Sequence[float]) -> list[float]:
    """Three values behind one of warm-up, as `pyperf.Runner` makes of a process."""
    return chunks(iterations, 4)[1:]


def of_asv(iterations: Sequence[float]) -> list[float]:
    """Five samples behind as long a warm-up, as asv makes of each of two rounds."""
    return chunks(iterations, 10)[5:]


@dataclass(frozen=True)
class Judge:
    """A tool with its options: how it is called, and what it is given of a run."""

    name: str
    script: str
    requirements: tuple[str, ...]
    values: Callable[[Sequence[float]], list[float]]
    deals: Mapping[str, Deal]
    options: Mapping[str, Any] = field(default_factory=dict)
    default: bool = False

    def verdicts(
        self, runs: list[list[float]], ends: Sequence[Replayed], deal: Deal, times: float
    ) -> list[str]:
        """Its verdict on each of the comparisons."""
        dealt = [deal(end) for end in ends]
        document = {
            **self.options,
            "runs": [self.values(run) for run in runs],
            "comparisons": [{"a": a, "b": b, "times": times} for a, b in dealt],
        }
        python = interpreter_with(*self.requirements)
        done = subprocess.run(
            [str(python), str(Path(__file__).with_name(self.script))],
            input=json.dumps(document),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"error: {self.name} ended with {done.returncode}:\n{done.stderr}")
        found: list[str] = json.loads(done.stdout)
        return found


_ASV = ("_judge_asv.py", ("asv==0.6.*",), of_asv)
_PYPERF = ("_judge_pyperf.py", ("pyperf==2.*",), of_pyperf)
_EQUAL: Mapping[str, Deal] = {"interleaved": interleaved, "sequential": sequential}
_FACTOR = 1 + DEFAULT_BAND

JUDGES = (
    Judge(
        "asv",
        *_ASV,
        {**_EQUAL, "own number of processes": by_itself(2)},
        {"factor": 1.1, "stored": False},
        default=True,
    ),
    Judge(
        "asv --factor 1.02",
        *_ASV,
        _EQUAL,
        {"factor": _FACTOR, "stored": False},
    ),
    Judge(
        "asv --factor 1.02, samples recorded",
        *_ASV,
        _EQUAL,
        {"factor": _FACTOR, "stored": True},
    ),
    Judge(
        "pyperf",
        *_PYPERF,
        {**_EQUAL, "own number of processes": by_itself(20)},
        {"min_speed": None},
        default=True,
    ),
    Judge("pyperf --min-speed 2", *_PYPERF, _EQUAL, {"min_speed": 100 * DEFAULT_BAND}),
)


@dataclass
class Score:
    """What one way of judging came to, over all records."""

    default: bool
    comparisons: int = 0
    false_verdicts: int = 0
    detections: int = 0

    def count(self, ratio: float, verdicts: Sequence[str]) -> None:
        """Add the verdicts on comparisons of one true ratio."""
        if ratio == 1:
            self.comparisons += len(verdicts)
            self.false_verdicts += sum(verdict in {"slower", "faster"} for verdict in verdicts)
        else:
            self.detections += verdicts.count("slower")

    @property
    def right(self) -> float:
        """Detections less false verdicts, as a share."""
        return (self.detections - self.false_verdicts) / self.comparisons

    def loses_to(self, ours: Score) -> bool:
        """Whether ours errs no more often and finds more (or all that there is)."""
        finds = ours.detections > self.detections or ours.detections == ours.comparisons
        return ours.false_verdicts <= self.false_verdicts and finds


def judge_all(
    halves: Mapping[str, Sequence[Block]], comparisons: int, seed: int
) -> tuple[Score, dict[str, Score]]:
    """Ours, and every other way of judging the same comparisons."""
    ours = Score(default=True)
    others: dict[str, Score] = {}
    for half, blocks in halves.items():
        runs = [run for block in blocks for run in block.iterations_us]
        seconds = [block.seconds for block in blocks]
        for ratio in RATIOS:
            ends = list(replayed(seconds, comparisons, seed, math.log(ratio)))
            ours.count(ratio, [end.decision.verdict for end in ends])
            for judge in JUDGES:
                for layout, deal in judge.deals.items():
                    score = others.setdefault(f"{judge.name}, {layout}", Score(judge.default))
                    score.count(ratio, judge.verdicts(runs, ends, deal, ratio))
            print(f"{half}, true ratio {ratio}: {comparisons} judged by all", file=sys.stderr)
    return ours, others


def described(score: Score) -> dict[str, Any]:
    """A score for the details."""
    return {
        "false_verdicts": score.false_verdicts,
        "detections": score.detections,
        "false_verdict_rate": round(score.false_verdicts / score.comparisons, 4),
        "detection_rate": round(score.detections / score.comparisons, 4),
    }


def main() -> int:
    """Judge and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument(
        "--comparisons", type=int, default=500, help="replayed, of each half and ratio"
    )
    options = parser.parse_args()
    halves = same_blocks(options)
    ours, others = judge_all(halves, options.comparisons, options.seed)
    width = max(map(len, others))
    for name, score in {"ours": ours, **others}.items():
        print(
            f"{name:<{width}}  false verdicts {100 * score.false_verdicts / score.comparisons:6.2f} %"
            f"  detections {100 * score.detections / score.comparisons:6.2f} %",
            file=sys.stderr,
        )
    by_default = [score for score in others.values() if score.default]
    print_report(
        name="judges",
        value=ours.right - max(score.right for score in by_default),
        unit="share of comparisons",
        goal="no more false verdicts than asv and than pyperf, and more detections of 5 % (or all)",
        holds=all(score.loses_to(ours) for score in by_default),
        compared_with="asv's and pyperf's own comparison code on the same runs",
        details={
            "comparisons_of_each_ratio": ours.comparisons,
            "records": list(HALVES),
            "ours": described(ours),
            **{name: described(score) for name, score in others.items()},
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
