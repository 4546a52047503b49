"""The median and how sure it is, without an assumption on the shape of the distribution.

Estimand: the median of the distribution that the values are drawn from, independently. Of the
runs of an inspection the values are the runs' own medians: iterations of one run are not
independent, fresh processes are.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

#: Up to here the binomial sums are exact whole numbers.
_EXACT_UP_TO = 2000

__all__ = ["MedianInterval", "median", "median_interval", "smallest_number"]


def median(values: Sequence[float]) -> float:
    """The median; of two middle values that overflow when added, all the same the middle.

    >>> median([1e308, 1e308])
    1e+308
    """
    middle = statistics.median(values)
    if math.isinf(middle) and all(map(math.isfinite, values)):
        ordered = sorted(values)
        return ordered[len(values) // 2 - 1] / 2 + ordered[len(values) // 2] / 2
    return middle


@dataclass(frozen=True, slots=True)
class MedianInterval:
    """A confidence interval of the median, from the lower to the upper order statistic.

    `coverage` is the exact probability that such an interval holds the median (at least that,
    where values are tied); it is never below the confidence that was asked for.
    """

    low: float
    high: float
    coverage: float
    n: int
    confidence: float


def median_interval(values: Sequence[float], confidence: float = 0.95) -> MedianInterval | None:
    """The order-statistic interval of the median; None where n is too small for one.

    Source: the sign test inverted (W. R. Thompson 1936; H. A. David and H. N. Nagaraja, *Order
    Statistics*, section 7.1). The number of values below the median is binomial(n, 1/2), so that
    P(x(k) <= median <= x(n+1-k)) = 1 - 2 P(B <= k-1): exact for every continuous distribution. The
    largest k whose coverage is at least `confidence` is taken. At 95 % the first n with an
    interval is 6: [minimum, maximum] with coverage 1 - 2/2^6 = 0.96875.
    """
    _check_confidence(confidence)
    if not all(map(math.isfinite, values)):
        raise ValueError("values must be finite")
    n = len(values)
    k, outside = _exact_rank(n, confidence) if n <= _EXACT_UP_TO else _rank(n, confidence)
    if k == 0:
        return None
    ordered = sorted(values)
    return MedianInterval(
        low=ordered[k - 1],
        high=ordered[n - k],
        coverage=1 - 2 * outside,
        n=n,
        confidence=confidence,
    )


def _exact_rank(n: int, confidence: float) -> tuple[int, float]:
    """(largest k, P(B <= k - 1)) in whole numbers: every one of 2^n patterns is equally likely."""
    limit = (1 - Fraction(repr(confidence))) * 2**n / 2
    k, patterns, cumulated, ways = 0, 0, 0, 1
    for below in range((n + 1) // 2):
        cumulated += ways
        if cumulated > limit:
            break
        k, patterns = below + 1, cumulated
        ways = ways * (n - below) // (below + 1)
    return k, float(Fraction(patterns, 2**n))


def _rank(n: int, confidence: float) -> tuple[int, float]:
    """The same for large n, in floating point: good to eight digits, time grows as sqrt(n)."""
    limit = (1 - confidence) / 2
    k = round(n / 2 + NormalDist().inv_cdf(limit) * math.sqrt(n) / 2)
    while _tail(n, k) > limit:
        k -= 1
    while _tail(n, k + 1) <= limit:
        k += 1
    return k, _tail(n, k)


def _tail(n: int, k: int) -> float:
    """P(B <= k - 1) for B binomial(n, 1/2)."""
    below = k - 1
    logarithm = math.lgamma(n + 1) - math.lgamma(below + 1) - math.lgamma(n - below + 1)
    term = math.exp(logarithm - n * math.log(2))
    total = 0.0
    while term > total * 1e-16:
        total += term
        term *= below / (n - below + 1)
        below -= 1
    return total


def smallest_number(confidence: float = 0.95) -> int:
    """The smallest number of values of which an interval of the median exists."""
    _check_confidence(confidence)
    n = 1
    while Fraction(2, 2**n) > 1 - Fraction(repr(confidence)):
        n += 1
    return n


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
