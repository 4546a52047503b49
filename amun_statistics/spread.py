"""How far values lie apart, relative to where they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from amun_statistics.median import median


def quantile(values: Sequence[float], probability: float) -> float:
    """The sample quantile with linear interpolation between order statistics.

    Source: type 7 of R. J. Hyndman and Y. Fan, *Sample Quantiles in Statistical Packages* (1996).
    Estimand: the value below which `probability` of the distribution lies.
    """
    if not values:
        raise ValueError("no values")
    if not 0 <= probability <= 1:
        raise ValueError(f"probability {probability} is not from 0 to 1")
    ordered = sorted(values)
    position = (len(ordered) - 1) * probability
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    # written so that equal neighbours give themselves, without rounding
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def interquartile_range(values: Sequence[float]) -> float:
    """The distance between the first and the third quartile (type 7); the middle half's width."""
    return quantile(values, 0.75) - quantile(values, 0.25)


def relative_spread(values: Sequence[float]) -> float | None:
    """IQR / median; None with fewer than two values or a median of 0.

    Estimand: width of the middle half of the distribution in units of its median. It does not
    shrink with n: it describes the noise, not how well the median is known.
    """
    centre = median(values) if len(values) >= 2 else 0
    return interquartile_range(values) / abs(centre) if centre else None


def coefficient_of_variation(values: Sequence[float]) -> float | None:
    """Standard deviation (n - 1) / mean; None with fewer than two values or a mean of 0.

    Estimand: standard deviation of the distribution in units of its mean. One far value moves it
    without bound: `relative_spread` is the measure of first choice.
    """
    mean = fmean(values) if len(values) >= 2 else 0
    return stdev(values) / abs(mean) if mean else None
