"""Any quantile, and the relative spread, with intervals that assume no shape.

The values must be independent of each other: one value per inspection, or per run, is; iterations of
one run are not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: q1, median and q3: each misses with a third of what the whole may miss.
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, with the confidence that was asked for; its coverage is never below."""

    low: float
    high: float
    confidence: float


def quantile_interval(
    values: Sequence[float], probability: float, confidence: float = 0.95
) -> Interval | None:
    """The order-statistic interval of a quantile, by SciPy; None where n is too small for one.

    Source: the quantile test inverted (H. A. David and H. N. Nagaraja, *Order Statistics*, section
    7.1; W. J. Conover, *Practical Nonparametric Statistics*, section 3.2). Estimand: the value below
    which `probability` of the distribution lies. Each tail misses with at most half of
    1 - confidence, for every distribution.
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability {probability} is not between 0 and 1")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
    if not all(map(math.isfinite, values)):
        raise ValueError("values must be finite")
    if not values:
        return None
    from scipy import stats

    # the null hypothesis is of no interest: the interval does not depend on it
    tested = stats.quantile_test(values, q=0, p=probability)
    found = tested.confidence_interval(confidence_level=confidence)
    if math.isnan(found.low) or math.isnan(found.high):
        return None
    return Interval(float(found.low), float(found.high), confidence)


def spread_interval(values: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """An interval of IQR / median; None where n is too small for one, or a median of 0 is possible.

    Source: Bonferroni's inequality over the order-statistic intervals of q1, median and q3. Estimand:
    that of `spread.relative_spread`. It holds for every distribution and pays for that by being wide:
    to know a spread well takes hundreds of values (the study that it is for took 300).
    """
    each = 1 - (1 - confidence) / _PARTS
    parts = [quantile_interval(values, probability, each) for probability in (0.25, 0.5, 0.75)]
    first, centre, third = parts
    if first is None or centre is None or third is None or centre.low <= 0:
        return None
    return Interval(
        low=max(0.0, third.low - first.high) / centre.high,
        high=(third.high - first.low) / centre.low,
        confidence=confidence,
    )


def fewest_for_spread(confidence: float = 0.95) -> int:
    """The smallest number of values of which `spread_interval` exists.

    The lower end of q1 is at least the smallest of them: that it is above q1 has probability
    (3/4)^n, which must be at most half of a third of 1 - confidence.
    """
    return math.ceil(math.log((1 - confidence) / (2 * _PARTS)) / math.log(0.75))
