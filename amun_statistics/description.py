"""The table of statistics that the prior system published of each batch, with intervals beside it.

One row per batch of inspections, each inspection one value (the median of its runs). The columns are
those of the prior system's reports; what is new is that the median and the relative spread say how
well they are known, or why nothing can be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from amun_statistics.median import MedianInterval, median, median_interval, smallest_number
from amun_statistics.quantile_interval import Interval, fewest_for_spread, spread_interval
from amun_statistics.shape import skewness
from amun_statistics.spread import coefficient_of_variation, quantile, relative_spread


@dataclass(frozen=True, slots=True)
class Description:
    """What values say. None: too few values, and for an interval `..._absent_because` says so.

    `std` has n - 1 below the line; `standard_error` is that of the mean, std / sqrt(n); quartiles are
    of type 7; `cov` = std / mean, `covm` = IQR / median.
    """

    n: int
    median: float | None
    median_interval: MedianInterval | None
    median_interval_absent_because: str | None
    mean: float | None
    std: float | None
    standard_error: float | None
    minimum: float | None
    q1: float | None
    q3: float | None
    maximum: float | None
    iqr: float | None
    cov: float | None
    covm: float | None
    covm_interval: Interval | None
    covm_interval_absent_because: str | None
    skew: float | None
    confidence: float


def describe(values: Sequence[float], confidence: float = 0.95) -> Description:
    """Every column for independent, finite values (one per inspection)."""
    n = len(values)
    known = median_interval(values, confidence)
    spread_known = spread_interval(values, confidence)
    deviation = stdev(values) if n >= 2 else None
    q1, q3 = (quantile(values, 0.25), quantile(values, 0.75)) if values else (None, None)
    return Description(
        n=n,
        median=median(values) if values else None,
        median_interval=known,
        median_interval_absent_because=None
        if known
        else _too_few(n, "median", smallest_number(confidence), confidence),
        mean=fmean(values) if values else None,
        std=deviation,
        standard_error=None if deviation is None else deviation / sqrt(n),
        minimum=min(values, default=None),
        q1=q1,
        q3=q3,
        maximum=max(values, default=None),
        iqr=None if q1 is None or q3 is None else q3 - q1,
        cov=coefficient_of_variation(values),
        covm=relative_spread(values),
        covm_interval=spread_known,
        covm_interval_absent_because=None if spread_known else _no_spread(n, confidence),
        skew=skewness(values),
        confidence=confidence,
    )


def _no_spread(n: int, confidence: float) -> str:
    fewest = fewest_for_spread(confidence)
    if n < fewest:
        return _too_few(n, "relative spread", fewest, confidence)
    return "the median is too near to 0"


def _too_few(n: int, what: str, needed: int, confidence: float) -> str:
    return (
        f"{n} value{'' if n == 1 else 's'}: an interval of the {what} at {confidence:.0%} "
        f"needs at least {needed}"
    )
