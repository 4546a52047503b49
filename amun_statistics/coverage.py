"""How often each headline interval holds the truth: `python -m amun_statistics.coverage`.

Runs of ten iterations, four shapes of noise, a correlation of 0.5 within a run, spread 5 %. Each
row is one estimator at one number of runs (or blocks): the share of trials whose interval holds the
truth, and the median width of the interval in percent of the truth.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from amun_statistics.blocks import critical_rank, walsh_averages
from amun_statistics.bootstrap import hierarchical_ratio_interval
from amun_statistics.median import median_interval
from amun_statistics.noise import SHAPES, Draw, log_seconds
from amun_statistics.unpaired import unpaired_ratio

Arrays = tuple[NDArray[np.float64], NDArray[np.float64]]

#: Numbers of runs, or of blocks, at which the intervals are tried.
NUMBERS = (6, 7, 8, 10, 12, 15, 20, 30, 50)

#: The bootstrap's, from where it covers too little.
BOOTSTRAP_NUMBERS = (3, 4, 5, 6, 8, 10, 15, 20, 30)

_ITERATIONS = 10
_SPREAD = 0.05
_ALPHA = 0.025
_TRUTH_FROM = 400_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """One row of the table."""

    estimator: str
    shape: str
    n: int
    trials: int
    coverage: float
    width_percent: float

    @property
    def standard_error(self) -> float:
        """Of the coverage, by the number of trials."""
        return math.sqrt(self.coverage * (1 - self.coverage) / self.trials)


def median_of_runs(
    draw: Draw, n: int, trials: int, random: np.random.Generator
) -> tuple[Arrays, float]:
    """The order-statistic interval of the median over runs."""
    interval = median_interval(range(1, n + 1))
    if interval is None:
        raise ValueError(f"{n} runs have no interval")
    medians = np.sort(_run_medians(draw, random, trials, n), axis=1)
    low, high = medians[:, int(interval.low) - 1], medians[:, int(interval.high) - 1]
    return (np.exp(low), np.exp(high)), _true_median(draw)


def paired_blocks(
    draw: Draw, n: int, trials: int, random: np.random.Generator
) -> tuple[Arrays, float]:
    """The signed-rank interval of the ratio from blocks of two runs of each stack."""
    b, a = (_run_medians(draw, random, trials, 2 * n).reshape(trials, n, 2) for _ in "ba")
    averages = np.sort(walsh_averages(b.mean(axis=2) - a.mean(axis=2)), axis=1)
    rank = critical_rank(n, _ALPHA)
    return (np.exp(averages[:, rank - 1]), np.exp(averages[:, -rank])), 1.0


def unpaired_runs(
    draw: Draw, n: int, trials: int, random: np.random.Generator
) -> tuple[Arrays, float]:
    """The rank-sum interval of the ratio from runs that were not interleaved."""
    a, b = (np.exp(_run_medians(draw, random, trials, n)) for _ in "ab")
    found = [unpaired_ratio(ours, theirs, _ALPHA) for ours, theirs in zip(a, b, strict=True)]
    return _ends((ratio.low, ratio.high) for ratio in found if ratio), 1.0


def hierarchical_bootstrap(
    draw: Draw, n: int, trials: int, random: np.random.Generator
) -> tuple[Arrays, float]:
    """The bootstrap interval of the ratio from runs that were not interleaved.

    It supposes no common shape, so it gets none: A's noise is normal, B's is the row's.
    """
    a = np.exp(log_seconds(SHAPES["normal"], random, trials, n, _ITERATIONS, _SPREAD))
    b = np.exp(log_seconds(draw, random, trials, n, _ITERATIONS, _SPREAD))
    found = (
        hierarchical_ratio_interval(
            ours, theirs, confidence=1 - 2 * _ALPHA, resamples=500, seed=seed, fewest_runs=1
        )
        for seed, (ours, theirs) in enumerate(zip(a, b, strict=True))
    )
    truth = _true_median(draw) / _true_median(SHAPES["normal"])
    return _ends((ratio.low, ratio.high) for ratio in found if ratio), truth


Estimator = Callable[[Draw, int, int, np.random.Generator], tuple[Arrays, float]]

#: The intervals that a result or a comparison may show: how each is tried, its share of the trials
#: and the numbers of runs.
ESTIMATORS: dict[str, tuple[Estimator, float, tuple[int, ...]]] = {
    "median of runs": (median_of_runs, 1.0, NUMBERS),
    "ratio of paired blocks": (paired_blocks, 1.0, NUMBERS),
    "ratio of unpaired runs": (unpaired_runs, 0.2, NUMBERS),
    "hierarchical bootstrap": (hierarchical_bootstrap, 0.2, BOOTSTRAP_NUMBERS),
}


def table(
    trials: int = 10_000,
    *,
    estimators: Iterable[str] = tuple(ESTIMATORS),
    numbers: Sequence[int] | None = None,
    seed: int = 20,
) -> Iterator[Coverage]:
    """Simulate row by row. The same seed gives the same table."""
    for name in estimators:
        estimate, share, own_numbers = ESTIMATORS[name]
        for shape, draw in SHAPES.items():
            for n in numbers or own_numbers:
                rows = max(1, round(trials * share))
                (low, high), truth = estimate(draw, n, rows, np.random.default_rng([seed, n]))
                yield Coverage(
                    estimator=name,
                    shape=shape,
                    n=n,
                    trials=rows,
                    coverage=float(np.mean((low <= truth) & (truth <= high))),
                    width_percent=100 * float(np.median(high - low)) / truth,
                )


@lru_cache
def _true_median(draw: Draw) -> float:
    """The median over all runs there could be, from very many of them."""
    return math.exp(np.median(_run_medians(draw, np.random.default_rng(0), _TRUTH_FROM, 1)))


def _run_medians(
    draw: Draw, random: np.random.Generator, trials: int, runs: int
) -> NDArray[np.float64]:
    seconds = log_seconds(draw, random, trials, runs, _ITERATIONS, _SPREAD)
    medians: NDArray[np.float64] = np.median(seconds, axis=2)
    return medians


def _ends(intervals: Iterable[tuple[float, float]]) -> Arrays:
    ends = np.array(list(intervals))
    return ends[:, 0], ends[:, 1]


def _text(rows: Iterable[Coverage]) -> Iterator[str]:
    yield "estimator               shape           n  trials  coverage %   ±  width %"
    for row in rows:
        yield (
            f"{row.estimator:<23} {row.shape:<13} {row.n:>3} {row.trials:>7} "
            f"{100 * row.coverage:>10.1f} {196 * row.standard_error:>4.1f} {row.width_percent:>7.2f}"
        )


def main() -> None:
    """Print the coverage table, that of inspections which stop, and that of comparisons."""
    from amun_statistics.design import text
    from amun_statistics.stopping_coverage import stopped_text

    for line in chain(_text(table()), [""], stopped_text(), [""], text()):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
