"""How many iterations a run shall have: as many as pay, by the variance and the cost of each level.

Source: T. Kalibera and R. Jones, *Rigorous Benchmarking in Reasonable Time* (ISMM 2013), section 6:
with T1^2 the variance of iterations within a run, T2^2 that of runs (the variance of their values
less what the iterations contribute to it), c1 the cost of an iteration and c2 that of starting a run,
an estimate from many runs is most precise for its cost with sqrt((c2 / c1) (T1^2 / T2^2)) iterations
in each run. They take means; a run's value here is a median, so the variances are those of
log-seconds, within a run by the median absolute deviation: single far iterations, which a median does
not feel, would otherwise buy iterations that bring nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, variance

#: Runs from which the levels are estimated.
PILOT_RUNS = 3

#: Bounds of what may be chosen. Below ten a run's own course cannot be judged.
FEWEST_ITERATIONS = 10
MOST_ITERATIONS = 1000

#: Three runs that agree by chance do not prove that runs do not differ: the variance between runs is
#: taken as at least this share of that within them.
_LEAST_BETWEEN = 0.01

#: From the median absolute deviation to a standard deviation, and what the median of n normal values
#: varies more than their mean.
_MAD_TO_SIGMA = 1.4826
_MEDIAN_OVER_MEAN = math.pi / 2


@dataclass(frozen=True, slots=True)
class PilotRun:
    """One run of the pilot: its iterations, s each, and what the whole run took.

    `loops` calls lie behind each iteration after the first `leading` ones.
    """

    seconds: Sequence[float]
    warmups: int
    wall_seconds: float
    loops: int = 1
    leading: int = 0

    @property
    def steady(self) -> Sequence[float]:
        """The iterations after warm-up."""
        return self.seconds[self.warmups :]

    @property
    def timed_seconds(self) -> float:
        """How long the timed iterations took together."""
        return sum(self.seconds[: self.leading]) + self.loops * sum(self.seconds[self.leading :])


@dataclass(frozen=True, slots=True)
class Levels:
    """Variance of log-seconds and cost in seconds at both levels, as the pilot shows them."""

    within: float
    between: float
    run_seconds: float
    iteration_seconds: float
    warmups: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of iterations of each later run, warm-up included, and why."""

    iterations: int
    why: str


def estimate(pilot: Sequence[PilotRun]) -> Levels | None:
    """The levels of a pilot; None where it tells too little: two runs, two iterations in each."""
    told = [run for run in pilot if len(run.steady) >= 2 and min(run.steady) > 0]
    if len(told) < 2:
        return None
    within = fmean(_within(run.steady) for run in told)
    of_values = variance(math.log(median(run.steady)) for run in told)
    length = fmean(len(run.steady) for run in told)
    return Levels(
        within=within,
        between=max(0.0, of_values - _MEDIAN_OVER_MEAN * within / length),
        run_seconds=max(0.0, median(run.wall_seconds - run.timed_seconds for run in told)),
        iteration_seconds=median(run.loops * median(run.steady) for run in told),
        warmups=max(run.warmups for run in told),
    )


def choose(
    levels: Levels, *, most: int = MOST_ITERATIONS, most_seconds: float = math.inf
) -> Choice:
    """How many iterations pay: at most `most`, and such that a run takes at most `most_seconds`."""
    best = optimum(levels)
    room = math.inf
    if math.isfinite(most_seconds):
        room = (most_seconds - levels.run_seconds) / levels.iteration_seconds
    bound = max(1, int(min(most, MOST_ITERATIONS, max(FEWEST_ITERATIONS, room))))
    # with a longer warm-up than steady part no series could be called steady
    with_warmup = max(
        math.ceil(min(best, MOST_ITERATIONS)) + levels.warmups, 2 * levels.warmups + 2
    )
    iterations = min(max(with_warmup, FEWEST_ITERATIONS), bound)
    return Choice(iterations, _why(levels, best, iterations))


def optimum(levels: Levels) -> float:
    """Steady iterations for each run that give the most precision for the time."""
    between = max(levels.between, _LEAST_BETWEEN * levels.within)
    if levels.within == 0 or between == 0:
        return 1.0
    return math.sqrt(levels.run_seconds / levels.iteration_seconds * levels.within / between)


def _within(steady: Sequence[float]) -> float:
    logarithms = [math.log(value) for value in steady]
    centre = median(logarithms)
    deviation = _MAD_TO_SIGMA * median(abs(value - centre) for value in logarithms)
    return deviation**2


def _why(levels: Levels, best: float, iterations: int) -> str:
    text = (
        f"sqrt((start of a run {levels.run_seconds:.3g} s / iteration {levels.iteration_seconds:.3g} s)"
        f" x (spread within runs {math.sqrt(levels.within):.2%} / between them "
        f"{math.sqrt(levels.between):.2%})^2) = {best:.0f}"
    )
    if levels.warmups:
        text += f", and {levels.warmups} of warm-up"
    return f"{text}; within the bounds {iterations}"
