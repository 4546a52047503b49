from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_local.backoff import Backoff


@pytest.mark.parametrize(
    ("deaths", "seconds"), [(1, 0.2), (2, 0.4), (3, 0.8), (6, 6.4), (7, 10.0), (10_000, 10.0)]
)
def test_waits_double_up_to_the_cap(deaths: int, seconds: float) -> None:
    assert Backoff().wait_seconds(deaths) == pytest.approx(seconds)


@given(st.integers(1, 10**6))
def test_waits_never_shrink_and_never_pass_the_cap(deaths: int) -> None:
    backoff = Backoff()
    assert backoff.wait_seconds(deaths) <= backoff.wait_seconds(deaths + 1) <= backoff.cap_seconds


def test_a_settled_process_starts_anew() -> None:
    assert Backoff().deaths_in_a_row(7, 29.9) == 8
    assert Backoff().deaths_in_a_row(7, 30.0) == 1
