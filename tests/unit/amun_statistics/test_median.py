from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_statistics.median import _exact_rank, _rank, median, median_interval, smallest_number

FINITE = st.floats(-(2.0**60), 2.0**60, width=32)


def test_six_values_are_the_first_with_an_interval() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 6.0, 3.0]
    interval = median_interval(values)
    assert interval is not None
    assert (interval.low, interval.high, interval.coverage) == (1.0, 6.0, 0.96875)
    assert (interval.n, interval.confidence) == (6, 0.95)
    assert all(median_interval(values[:n]) is None for n in range(6))


# Ranks and coverages for 95 %, from the table of the sign test's two-sided critical values.
@pytest.mark.parametrize(
    ("n", "low", "coverage"),
    [(7, 1, 0.9844), (8, 1, 0.9922), (9, 2, 0.9609), (10, 2, 0.9785), (12, 3, 0.9614),
     (15, 4, 0.9648), (20, 6, 0.9586), (25, 8, 0.9567), (30, 10, 0.9572)],
)  # fmt: skip
def test_ranks_of_the_table(n: int, low: int, coverage: float) -> None:
    interval = median_interval(range(1, n + 1))
    assert interval is not None
    assert (interval.low, interval.high) == (low, n + 1 - low)
    assert round(interval.coverage, 4) == coverage


@pytest.mark.parametrize(("confidence", "n"), [(0.5, 2), (0.9, 5), (0.95, 6), (0.99, 8)])
def test_smallest_number(confidence: float, n: int) -> None:
    assert smallest_number(confidence) == n
    assert median_interval(range(n), confidence) is not None
    assert median_interval(range(n - 1), confidence) is None


def test_an_exact_boundary_counts() -> None:
    # two values cover exactly one half, four exactly seven eighths
    interval = median_interval([1, 2, 3, 4], 0.875)
    assert interval is not None
    assert (interval.low, interval.coverage) == (1, 0.875)


@settings(deadline=None, max_examples=50)
@given(
    values=st.lists(FINITE, min_size=6, max_size=30),
    scale=st.sampled_from([0.5, 2.0, 4.0]),
)
def test_the_interval_is_made_of_values_and_follows_the_scale(
    values: list[float], scale: float
) -> None:
    interval = median_interval(values)
    assert interval is not None
    assert interval.low in values
    assert interval.high in values
    assert interval.coverage >= 0.95
    scaled = median_interval([value * scale for value in values])
    assert scaled is not None
    assert (scaled.low, scaled.high) == (interval.low * scale, interval.high * scale)


@pytest.mark.parametrize("n", [6, 12, 25])
def test_coverage_by_simulation(n: int) -> None:
    # a skewed distribution with heavy tail, as timings are; its median is 1
    generator = random.Random(20260101 + n)
    trials = 4000
    held = 0
    for _ in range(trials):
        values = [math.exp(generator.gauss(0, 1)) for _ in range(n)]
        interval = median_interval(values)
        assert interval is not None
        held += interval.low <= 1 <= interval.high
    expected = interval.coverage
    # four standard errors of the simulated share
    assert abs(held / trials - expected) < 4 * math.sqrt(expected * (1 - expected) / trials)


@pytest.mark.parametrize("n", [2001, 5000])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_floating_point_agrees_with_whole_numbers(n: int, confidence: float) -> None:
    rank, outside = _rank(n, confidence)
    exact_rank, exact_outside = _exact_rank(n, confidence)
    assert rank == exact_rank
    assert outside == pytest.approx(exact_outside, rel=1e-8)


def test_a_million_values_are_no_trouble() -> None:
    interval = median_interval(range(1_000_001))
    assert interval is not None
    assert (interval.low, interval.high) == (499_020, 500_980)


@pytest.mark.parametrize("confidence", [0, 1, -1, 2, math.nan])
def test_confidence_is_a_probability(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        median_interval([1.0] * 10, confidence)
    with pytest.raises(ValueError, match="confidence"):
        smallest_number(confidence)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_must_be_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        median_interval([1.0] * 10 + [value])


@given(st.lists(st.floats(0, allow_infinity=False), min_size=1, max_size=8))
def test_the_median_of_finite_values_is_finite_and_among_them(values: list[float]) -> None:
    middle = median(values)
    assert math.isfinite(middle)
    assert min(values) <= middle <= max(values)
    exact = statistics.median(values)
    assert middle == exact or math.isinf(exact)
