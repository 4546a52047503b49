"""How often the interval holds the truth where the inspection stopped by itself.

Inspections of up to 60 or 240 runs of ten iterations, four shapes of noise, a correlation of 0.5
within a run, stopped by `amun_statistics.stopping` at a goal of 2 %. Optional stopping does most harm
where the goal is met after a middling number of looks, so the spread of the noise is varied: each row
is one shape at one spread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amun_statistics.noise import SHAPES, Draw, log_seconds
from amun_statistics.stopping import Goal, interval_at_look, look_due

GOAL = 0.02

#: Spreads of the noise, in units of the goal of 2 %: from "the first look" to "hardly ever".
SPREADS = (0.015, 0.025, 0.04, 0.05, 0.06, 0.08, 0.10, 0.15)

#: The default cap, and the highest that may be asked for.
CAPS = (60, 240)

_ITERATIONS = 10
_TRUTH_FROM = 400_000


@dataclass(frozen=True, slots=True)
class StoppedCoverage:
    """One row of the table."""

    shape: str
    spread: float
    maximum_runs: int
    trials: int
    coverage: float
    reached: float
    mean_runs: float

    @property
    def standard_error(self) -> float:
        """Of the coverage, by the number of trials."""
        return math.sqrt(self.coverage * (1 - self.coverage) / self.trials)


def stopped_table(
    trials: int = 4000,
    *,
    spreads: Sequence[float] = SPREADS,
    caps: Sequence[int] = CAPS,
    seed: int = 20,
) -> Iterator[StoppedCoverage]:
    """Simulate row by row. The same seed gives the same table."""
    for maximum_runs in caps:
        goal = Goal(GOAL, maximum_runs=maximum_runs)
        for shape, draw in SHAPES.items():
            for row, spread in enumerate(spreads):
                random = np.random.default_rng([seed, row])
                yield _row(shape, draw, spread, goal, trials, random)


def _row(
    shape: str,
    draw: Draw,
    spread: float,
    goal: Goal,
    trials: int,
    random: np.random.Generator,
) -> StoppedCoverage:
    medians = run_medians(draw, spread, trials, goal.maximum_runs, random)
    truth = _true_median(draw, spread)
    low, high, runs, reached = stopped_intervals(medians, goal)
    return StoppedCoverage(
        shape=shape,
        spread=spread,
        maximum_runs=goal.maximum_runs,
        trials=trials,
        coverage=float(np.mean((low <= truth) & (truth <= high))),
        reached=float(np.mean(reached)),
        mean_runs=float(np.mean(runs)),
    )


def run_medians(
    draw: Draw, spread: float, trials: int, runs: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """The medians of the runs of many inspections, seconds, shape (trials, runs)."""
    seconds = log_seconds(draw, random, trials, runs, _ITERATIONS, spread)
    medians: NDArray[np.float64] = np.exp(np.median(seconds, axis=2))
    return medians


def stopped_intervals(
    medians: NDArray[np.float64], goal: Goal
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """(low, high, runs, goal reached) of each inspection where it stopped: `decide` for many at once."""
    trials, most = medians.shape
    low, high = np.zeros(trials), np.zeros(trials)
    runs, reached = np.zeros(trials, np.int64), np.zeros(trials, np.bool_)
    going = np.ones(trials, np.bool_)
    for n in range(1, most + 1):
        ranks = interval_at_look(range(1, n + 1))
        if ranks is None or not look_due(n, goal):
            continue
        ordered = np.sort(medians[:, :n], axis=1)
        lower, upper = ordered[:, int(ranks.low) - 1], ordered[:, int(ranks.high) - 1]
        narrow = (upper - lower) / 2 <= goal.relative_half_width * np.median(ordered, axis=1)
        ends = going & (narrow | (n == most))
        low[ends], high[ends], runs[ends], reached[ends] = lower[ends], upper[ends], n, narrow[ends]
        going &= ~ends
    return low, high, runs, reached


def _true_median(draw: Draw, spread: float) -> float:
    """The median over all runs there could be, from very many of them."""
    random = np.random.default_rng(0)
    return float(np.median(run_medians(draw, spread, _TRUTH_FROM, 1, random)))


def stopped_text(rows: Iterator[StoppedCoverage] | None = None) -> Iterator[str]:
    """The table for people."""
    yield f"median of runs, stopped at a goal of {GOAL:.0%}"
    yield "shape         spread %  most runs  trials  coverage %   ±  reached %  mean runs"
    for row in rows if rows is not None else stopped_table():
        yield (
            f"{row.shape:<13} {100 * row.spread:>8.1f} {row.maximum_runs:>10} {row.trials:>7} "
            f"{100 * row.coverage:>11.1f} {196 * row.standard_error:>4.1f} "
            f"{100 * row.reached:>9.1f} {row.mean_runs:>10.1f}"
        )
