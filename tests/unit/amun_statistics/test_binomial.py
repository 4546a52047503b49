from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_statistics.binomial import lower_bound, upper_bound


def at_most(hits: int, trials: int, rate: float) -> float:
    return sum(comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(hits + 1))


@settings(max_examples=40)
@given(trials=st.integers(1, 60), share=st.floats(0, 1))
def test_at_the_bound_the_data_are_just_believable(trials: int, share: float) -> None:
    hits = round(share * trials)
    upper, lower = upper_bound(hits, trials), lower_bound(hits, trials)
    assert lower <= hits / trials <= upper
    if hits < trials:
        assert at_most(hits, trials, upper) == pytest.approx(0.05)
    else:
        assert upper == 1.0
    assert upper_bound(trials - hits, trials) == pytest.approx(1 - lower)


def test_nothing_seen_is_not_nothing() -> None:
    assert upper_bound(0, 10_000) == pytest.approx(3.0e-4, rel=0.01)
    assert lower_bound(0, 10) == 0.0


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_not_a_rate(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        upper_bound(hits, trials)
