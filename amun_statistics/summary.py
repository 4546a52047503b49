"""The runs of one inspection taken together: the numbers of its headline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amun_statistics.median import MedianInterval, median, median_interval, smallest_number
from amun_statistics.spread import relative_spread


@dataclass(frozen=True, slots=True)
class RunsSummary:
    """Median, interval and spread of the medians of runs.

    An interval that does not exist is None, and `interval_absent_because` says why.
    """

    runs: int
    median: float | None
    interval: MedianInterval | None
    interval_absent_because: str | None
    relative_spread: float | None
    minimum: float | None
    maximum: float | None
    confidence: float


def summarise_runs(medians: Sequence[float], confidence: float = 0.95) -> RunsSummary:
    """Take runs together, each of which is one value (the median of its iterations).

    Estimand: the median over fresh processes. Runs are independent of each other, iterations
    within a run are not: pooling them would feign a precision that is not there.
    """
    interval = median_interval(medians, confidence)
    return RunsSummary(
        runs=len(medians),
        median=median(medians) if medians else None,
        interval=interval,
        interval_absent_because=None if interval else _why_absent(len(medians), confidence),
        relative_spread=relative_spread(medians),
        minimum=min(medians, default=None),
        maximum=max(medians, default=None),
        confidence=confidence,
    )


def _why_absent(runs: int, confidence: float) -> str:
    needed = smallest_number(confidence)
    return (
        f"{runs} run{'' if runs == 1 else 's'}: an interval of the median at {confidence:.0%} "
        f"needs at least {needed}"
    )
