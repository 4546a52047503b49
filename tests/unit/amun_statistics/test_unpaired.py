from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from amun_statistics.unpaired import _cumulated, unpaired_ratio

SECONDS = st.lists(st.floats(0.01, 100.0), min_size=4, max_size=9)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (4, 4), (5, 3)])
def test_the_distribution_agrees_with_all_orders(m: int, n: int) -> None:
    statistics = [
        sum(place > other for place in ours for other in range(m + n) if other not in ours)
        for ours in itertools.combinations(range(m + n), m)
    ]
    expected = [np.mean(np.array(statistics) <= u) for u in range(m * n + 1)]
    assert _cumulated(m, n) == pytest.approx(expected)


def test_four_runs_of_each_are_the_fewest_at_95_percent() -> None:
    a, b = [1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0]
    ratio = unpaired_ratio(a, b)
    assert ratio is not None
    assert (ratio.ratio, ratio.low, ratio.high) == pytest.approx((2.0, 2.0, 2.0))
    assert ratio.one_sided_alpha == 0.025
    assert unpaired_ratio(a[:3], b) is None


@settings(max_examples=40)
@given(
    # whole numbers: a ratio equals another only by being of the same runs
    a=st.lists(st.integers(2, 10**4), min_size=4, max_size=8, unique=True),
    b=st.lists(st.integers(2, 10**4), min_size=4, max_size=8, unique=True),
    alpha=st.sampled_from([0.0055, 0.025, 0.1]),
)
def test_the_interval_is_what_the_test_of_scipy_does_not_reject(
    a: list[int], b: list[int], alpha: float
) -> None:
    found = unpaired_ratio(a, b, alpha)
    ratios = np.unique(np.divide.outer(np.array(b), np.array(a)))
    nulls = np.sqrt(ratios[1:] * ratios[:-1])[:: max(1, len(ratios) // 12)]
    for null in nulls:
        if np.isclose(ratios, null, rtol=1e-9).any():
            continue
        scaled = np.array(b) / null
        rejected = any(
            mannwhitneyu(scaled, a, alternative=side, method="exact").pvalue <= alpha
            for side in ("greater", "less")
        )
        assert rejected == (found is not None and not found.low < null < found.high)


@given(a=SECONDS, b=SECONDS, factor=st.sampled_from([0.5, 3.0]))
def test_a_factor_scales_it_and_exchanging_inverts_it(
    a: list[float], b: list[float], factor: float
) -> None:
    there, back = unpaired_ratio(a, b), unpaired_ratio(b, a)
    scaled = unpaired_ratio(a, [seconds * factor for seconds in b])
    assert there is not None
    assert back is not None
    assert scaled is not None
    assert there.low <= there.ratio <= there.high
    assert (back.low, back.ratio, back.high) == pytest.approx(
        (1 / there.high, 1 / there.ratio, 1 / there.low)
    )
    assert (scaled.low, scaled.ratio, scaled.high) == pytest.approx(
        (there.low * factor, there.ratio * factor, there.high * factor)
    )


@pytest.mark.parametrize(
    ("a", "b", "alpha", "message"),
    [([], [1.0], 0.025, "runs"), ([1.0], [0.0], 0.025, "positive"),
     ([math.inf], [1.0], 0.025, "finite"), ([1.0], [1.0], 0.5, "alpha")],
)  # fmt: skip
def test_what_cannot_be_compared(
    a: list[float], b: list[float], alpha: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        unpaired_ratio(a, b, alpha)
