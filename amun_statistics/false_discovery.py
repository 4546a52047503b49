"""Many comparisons at once: how many of the differences found are none."""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: call those up to q discoveries.

    Estimand of the bound: the false discovery rate, the expected share of true null hypotheses
    among those called discoveries, at most q. Source: Y. Benjamini and Y. Hochberg, *Controlling
    the False Discovery Rate* (1995). It holds for independent p-values and for such as depend
    positively (Y. Benjamini and D. Yekutieli 2001), which contrasts with one shared reference do.

    Feed it with p-values that hold at the look where each comparison stopped:
    `amun_statistics.verdict.difference_p_value`.
    """
    if not p_values:
        return []
    from scipy.stats import false_discovery_control  # takes most of a second to import

    return [float(adjusted) for adjusted in false_discovery_control(p_values, method="bh")]
