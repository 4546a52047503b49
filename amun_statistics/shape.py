"""How lopsided values lie."""

from __future__ import annotations

from collections.abc import Sequence

#: The correction for the sample's size divides by n - 2.
FEWEST_VALUES = 3


def skewness(values: Sequence[float]) -> float | None:
    """The sample skewness G1, by SciPy; None below three values, or where all are equal.

    Source: the adjusted Fisher-Pearson coefficient, D. N. Joanes and C. A. Gill, *Comparing
    Measures of Sample Skewness and Kurtosis* (1998); pandas and the prior system's tables have it.
    Estimand: third central moment / (second)^(3/2). Times have a tail to the right (above 0), rates
    one to the left (below 0). One far value decides it: it describes, it decides nothing.
    """
    if len(values) < FEWEST_VALUES or min(values) == max(values):
        return None
    from scipy import stats

    return float(stats.skew(values, bias=False))
