from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_statistics.shape import skewness


def test_a_hand_counted_sample() -> None:
    # deviations -2 -1 0 3: m2 = 14/4, m3 = 18/4, g1 = m3 / m2^1.5, G1 = g1 sqrt(4*3)/2
    expected = (18 / 4) / (14 / 4) ** 1.5 * 12**0.5 / 2
    assert skewness([1.0, 2.0, 3.0, 6.0]) == pytest.approx(expected)


def test_mirrored_values_have_the_opposite_skew() -> None:
    values = [1.0, 2.0, 3.0, 6.0, 20.0]
    assert skewness([-value for value in values]) == pytest.approx(-skewness(values))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [3.0, 3.0, 3.0]])
def test_without_a_shape_there_is_no_skew(values: list[float]) -> None:
    assert skewness(values) is None


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=20, unique=True))
def test_a_symmetric_sample_has_none(halves: list[int]) -> None:
    values = [float(value) for value in halves] + [-float(value) for value in halves]
    assert skewness(values) == pytest.approx(0, abs=1e-9)
