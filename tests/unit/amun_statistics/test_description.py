from __future__ import annotations

import pytest

from amun_statistics.description import describe

VALUES = [10.0, 12.0, 11.0, 13.0, 19.0, 9.0]


def test_the_columns_of_a_hand_counted_batch() -> None:
    found = describe(VALUES)
    assert (found.n, found.median, found.minimum, found.maximum) == (6, 11.5, 9.0, 19.0)
    assert found.mean == pytest.approx(74 / 6)
    # squares of the deviations from 74/6 sum to 976 - 74^2/6
    assert found.std == pytest.approx(((976 - 74**2 / 6) / 5) ** 0.5)
    assert found.standard_error == pytest.approx(found.std / 6**0.5)
    assert (found.q1, found.q3, found.iqr) == (10.25, 12.75, 2.5)
    assert found.cov == pytest.approx(found.std / found.mean)
    assert found.covm == pytest.approx(2.5 / 11.5)
    assert found.skew > 1
    assert (found.median_interval.low, found.median_interval.high) == (9.0, 19.0)
    assert found.median_interval_absent_because is None
    assert found.covm_interval is None
    assert "6 values" in found.covm_interval_absent_because
    assert "at least 17" in found.covm_interval_absent_because


def test_a_single_value_says_what_it_can() -> None:
    found = describe([3.0])
    assert (found.n, found.median, found.mean, found.q1, found.iqr) == (1, 3.0, 3.0, 3.0, 0.0)
    assert found.std is found.standard_error is found.cov is found.covm is found.skew is None
    assert found.median_interval_absent_because.startswith("1 value:")


def test_no_value_says_nothing() -> None:
    found = describe([])
    assert found.n == 0
    assert found.median is found.mean is found.minimum is found.q1 is found.iqr is None
    assert "0 values" in found.median_interval_absent_because


def test_many_values_have_both_intervals() -> None:
    found = describe([100 + index % 7 for index in range(60)])
    assert found.median_interval.low <= found.median <= found.median_interval.high
    assert found.covm_interval.low <= found.covm <= found.covm_interval.high
    assert found.covm_interval_absent_because is None
