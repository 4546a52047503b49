from __future__ import annotations

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_statistics.spread import (
    coefficient_of_variation,
    interquartile_range,
    quantile,
    relative_spread,
)

POSITIVE = st.lists(st.floats(min_value=0.01, max_value=1e6), min_size=2, max_size=40)


def test_quantiles_by_hand() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert quantile(values, 0) == 1.0
    assert quantile(values, 0.25) == 1.75
    assert quantile(values, 0.5) == 2.5
    assert quantile(values, 1) == 4.0
    assert quantile([7.0], 0.3) == 7.0
    assert interquartile_range(values) == 1.5
    assert relative_spread(values) == 0.6


def test_coefficient_of_variation_by_hand() -> None:
    assert coefficient_of_variation([1.0, 3.0]) == pytest.approx(2**0.5 / 2)


@settings(deadline=None)
@given(values=POSITIVE)
def test_quartiles_agree_with_the_standard_library(values: list[float]) -> None:
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    assert quantile(values, 0.25) == pytest.approx(low)
    assert quantile(values, 0.75) == pytest.approx(high)


@settings(deadline=None)
@given(values=POSITIVE, scale=st.sampled_from([0.25, 2.0, 1024.0]))
def test_relative_measures_have_no_unit(values: list[float], scale: float) -> None:
    scaled = [value * scale for value in values]
    assert relative_spread(scaled) == pytest.approx(relative_spread(values))
    assert coefficient_of_variation(scaled) == pytest.approx(
        coefficient_of_variation(values), abs=1e-12
    )


@settings(deadline=None)
@given(value=st.floats(min_value=0.01, max_value=1e6), n=st.integers(2, 20))
def test_equal_values_have_no_spread(value: float, n: int) -> None:
    assert relative_spread([value] * n) == 0


@pytest.mark.parametrize("values", [[], [1.0], [-1.0, 1.0]])
def test_what_has_no_relative_spread(values: list[float]) -> None:
    assert relative_spread(values) is None
    assert coefficient_of_variation(values) is None


def test_quantiles_are_refused_where_there_are_none() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)
    with pytest.raises(ValueError, match="probability"):
        quantile([1.0], 1.5)
