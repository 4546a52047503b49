from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from amun_statistics.blocks import (
    block_log_ratio,
    critical_rank,
    hodges_lehmann,
    signed_rank_interval,
    signed_rank_p_value,
)

# multiples of 2^-16: sums and halves of them are exact, so that what must be equal is equal
EXACT = st.integers(-(2**20), 2**20).map(lambda whole: whole / 2**16)
VALUES = st.lists(EXACT, min_size=1, max_size=25)
ALPHAS = st.sampled_from([0.0055, 0.025, 0.05, 0.2])


def all_signs(n: int) -> np.ndarray:
    """The signed-rank statistic of each of the 2^n patterns of signs."""
    patterns = np.array(list(itertools.product([0, 1], repeat=n)))
    return patterns @ np.arange(1, n + 1)


def test_a_block_by_hand() -> None:
    assert block_log_ratio([1.0, 4.0], [2.0, 8.0]) == pytest.approx(math.log(2))
    assert block_log_ratio([3.0], [3.0, 3.0]) == 0.0


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [([], [1.0], "at least one run"), ([1.0], [], "at least one run"),
     ([0.0], [1.0], "positive"), ([1.0], [math.nan], "positive"), ([1.0], [math.inf], "positive")],
)  # fmt: skip
def test_what_is_no_block(a: list[float], b: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        block_log_ratio(a, b)


def test_hodges_lehmann_by_hand() -> None:
    # Walsh averages: 1 1.5 2 3 3.5 5 -> median (2 + 3) / 2
    assert hodges_lehmann([1.0, 2.0, 5.0]) == 2.5
    assert hodges_lehmann([7.0]) == 7.0


def test_the_mean_would_follow_a_far_value() -> None:
    values = [float(value) for value in range(1, 11)]
    assert hodges_lehmann(values) == 5.5
    assert hodges_lehmann([*values[:-1], 1e9]) == 5.5


# Two-sided 5 % and 1 % points of the signed-rank statistic as printed in tables (Wilcoxon 1945 and
# later): reject at T <= t. The rank is t + 1.
@pytest.mark.parametrize(
    ("n", "five", "one"),
    [(6, 0, None), (7, 2, None), (8, 3, 0), (9, 5, 1), (10, 8, 3), (12, 13, 7), (15, 25, 15),
     (20, 52, 37), (25, 89, 68), (30, 137, 109)],
)  # fmt: skip
def test_critical_values_of_the_table(n: int, five: int, one: int | None) -> None:
    assert critical_rank(n, 0.025) == five + 1
    assert critical_rank(n, 0.005) == (0 if one is None else one + 1)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 11])
@pytest.mark.parametrize("alpha", [0.0055, 0.03125, 0.1, 0.4])
def test_critical_ranks_agree_with_all_patterns_of_signs(n: int, alpha: float) -> None:
    statistics = all_signs(n)
    rank = 0
    while np.count_nonzero(statistics <= rank) <= alpha * 2**n:
        rank += 1
    assert critical_rank(n, alpha) == rank


def test_the_first_number_of_blocks_with_an_interval() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    assert signed_rank_interval(values[:7], 0.0055) is None
    assert signed_rank_interval(values, 0.0055) == (1.0, 8.0)
    assert signed_rank_interval(values[:5], 0.025) is None
    assert signed_rank_interval(values[:6], 0.025) == (1.0, 6.0)


@settings(max_examples=60)
@given(
    values=st.lists(st.integers(1, 10**6), min_size=6, max_size=12, unique=True),
    signs=st.lists(st.booleans(), min_size=12, max_size=12),
    alpha=ALPHAS,
)
def test_the_interval_is_what_the_test_of_scipy_does_not_reject(
    values: list[int], signs: list[bool], alpha: float
) -> None:
    numbers = [
        (value if positive else -value) / 1024
        for value, positive in zip(values, signs, strict=False)
    ]
    interval = signed_rank_interval(numbers, alpha)
    first, second = np.triu_indices(len(numbers))
    averages = np.unique((np.array(numbers)[first] + np.array(numbers)[second]) / 2)
    # between two neighbouring Walsh averages the test answers the same: ask once in each gap
    nulls = (averages[1:] + averages[:-1]) / 2
    kept = [
        null
        for null in nulls
        if all(
            wilcoxon(np.array(numbers) - null, alternative=side, method="exact").pvalue > alpha
            for side in ("greater", "less")
        )
    ]
    if interval is None:
        assert len(kept) == len(nulls)
    else:
        assert kept == [null for null in nulls if interval[0] < null < interval[1]]
    for null in nulls[:: max(1, len(nulls) // 5)]:
        for side in ("greater", "less"):
            expected = wilcoxon(np.array(numbers) - null, alternative=side, method="exact").pvalue
            assert signed_rank_p_value(numbers, null, side) == pytest.approx(expected)


@given(values=VALUES, alpha=ALPHAS, null=EXACT)
def test_the_p_value_is_the_dual_of_the_interval(
    values: list[float], alpha: float, null: float
) -> None:
    interval = signed_rank_interval(values, alpha)
    low, high = interval or (-math.inf, math.inf)
    assert (signed_rank_p_value(values, null, "greater") <= alpha) == (null < low)
    assert (signed_rank_p_value(values, null, "less") <= alpha) == (null > high)


@given(values=VALUES, alpha=ALPHAS)
def test_the_interval_holds_the_estimate(values: list[float], alpha: float) -> None:
    interval = signed_rank_interval(values, alpha)
    estimate = hodges_lehmann(values)
    assert min(values) <= estimate <= max(values)
    if interval:
        assert interval[0] <= estimate <= interval[1]


@given(values=VALUES, alpha=ALPHAS, shift=EXACT)
def test_a_factor_of_all_ratios_shifts_everything(
    values: list[float], alpha: float, shift: float
) -> None:
    shifted = [value + shift for value in values]
    interval, moved = signed_rank_interval(values, alpha), signed_rank_interval(shifted, alpha)
    assert hodges_lehmann(shifted) == hodges_lehmann(values) + shift
    assert moved == (interval and (interval[0] + shift, interval[1] + shift))


@given(values=VALUES, alpha=ALPHAS)
def test_exchanging_the_stacks_changes_the_sign(values: list[float], alpha: float) -> None:
    turned = [-value for value in values]
    interval = signed_rank_interval(values, alpha)
    assert hodges_lehmann(turned) == -hodges_lehmann(values)
    assert signed_rank_interval(turned, alpha) == (interval and (-interval[1], -interval[0]))


@given(values=st.lists(EXACT, min_size=8, max_size=25))
def test_a_smaller_error_needs_a_wider_interval(values: list[float]) -> None:
    strict, lax = signed_rank_interval(values, 0.0055), signed_rank_interval(values, 0.025)
    assert strict is not None
    assert lax is not None
    assert strict[0] <= lax[0] <= lax[1] <= strict[1]


def test_the_exact_distribution_joins_the_normal_one() -> None:
    n = 400
    rank = critical_rank(n, 0.025)
    centre, deviation = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    assert rank == pytest.approx(centre - 1.959964 * deviation, abs=2)


@pytest.mark.parametrize("values", [[], [math.nan, 1.0], [math.inf]])
def test_what_cannot_be_estimated(values: list[float]) -> None:
    with pytest.raises(ValueError, match="values must be"):
        hodges_lehmann(values)
    with pytest.raises(ValueError, match="values must be"):
        signed_rank_interval(values, 0.025)


@pytest.mark.parametrize("alpha", [0.0, 0.5, -1.0, math.nan])
def test_an_alpha_that_is_none(alpha: float) -> None:
    with pytest.raises(ValueError, match="one-sided alpha"):
        signed_rank_interval([1.0, 2.0], alpha)
