from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_client.comparison.gate import Outcome, Policy, exit_code

SHARES = st.floats(0.001, 0.5)
RATIOS = st.floats(0.3, 3.0)
INTERVALS = st.tuples(RATIOS, RATIOS).map(lambda pair: (min(pair), max(pair)))


@given(INTERVALS, SHARES)
def test_slower_is_broken_by_the_near_end_alone(
    interval: tuple[float, float], share: float
) -> None:
    low, high = interval
    outcome = Policy("slower", share).judge(low, high, 0.02)
    assert (outcome is Outcome.BROKEN) == (low > 1 + share)
    assert (outcome is Outcome.KEPT) == (high <= 1 + share)
    assert (outcome is Outcome.OPEN) == (low <= 1 + share < high)


@given(INTERVALS, SHARES)
def test_exchanging_the_arms_exchanges_slower_and_faster(
    interval: tuple[float, float], share: float
) -> None:
    low, high = interval
    turned = 1 / high, 1 / low
    assert Policy("faster", share).judge(low, high, 0.02) is Policy("slower", share).judge(
        *turned, 0.02
    )


@given(INTERVALS, SHARES)
def test_different_is_slower_or_faster(interval: tuple[float, float], share: float) -> None:
    slower, faster, different = (
        Policy.of(word, share).judge(*interval, 0.02) for word in ("slower", "faster", "different")
    )
    assert (different is Outcome.BROKEN) == (Outcome.BROKEN in (slower, faster))
    assert (different is Outcome.KEPT) == (slower is faster is Outcome.KEPT)


@given(INTERVALS, SHARES, st.floats(0.0, 0.2))
def test_a_narrower_interval_never_turns_a_decision(
    interval: tuple[float, float], share: float, cut: float
) -> None:
    low, high = interval
    narrow = low + cut * (high - low), high - cut * (high - low)
    wide = Policy("slower", share).judge(low, high, 0.02)
    if wide is not Outcome.OPEN and narrow[0] <= narrow[1]:
        assert Policy("slower", share).judge(*narrow, 0.02) is wide


def test_without_a_share_the_band_is_meant() -> None:
    assert Policy("slower").text(0.02) == "slower:2%"
    assert Policy("slower").judge(1.021, 1.03, 0.02) is Outcome.BROKEN
    assert Policy("slower").judge(1.021, 1.03, 0.025) is Outcome.OPEN


def test_no_interval_decides_nothing() -> None:
    assert Policy("slower", 0.03).judge(None, None, 0.02) is Outcome.OPEN


@pytest.mark.parametrize(
    ("changes", "policies", "code"),
    [
        ({}, ["slower:0.02"], 1),
        ({}, ["slower:0.03"], 6),
        ({}, ["slower:0.05"], 0),
        ({}, ["slower:0.03", "different:0.01"], 1),
        ({}, ["faster:0.01"], 0),
        ({}, [], 0),
        ({"verdict": "inconclusive"}, [], 0),
        ({"verdict": "not_comparable", "ratio": None, "low": None, "high": None}, [], 8),
        ({"verdict": "not_comparable"}, ["slower:0.02"], 8),
        ({"ratio": None, "low": None, "high": None, "blocks": 0}, ["slower:0.02"], 5),
        ({"low": None, "high": None, "blocks": 3}, ["slower:0.02"], 6),
        ({"state": "failed"}, ["slower:0.02"], 1),
        ({"state": "crashed"}, [], 1),
        ({"state": "cancelled"}, [], 5),
        ({"state": "measuring"}, ["slower:0.02"], 5),
        ({"kind": "calibration", "verdict": None, "ratio": None}, [], 0),
    ],
)
def test_exit_codes(
    shapes: ModuleType, changes: dict[str, Any], policies: list[str], code: int
) -> None:
    wanted = [
        Policy.of(word, float(share)) for word, _, share in (p.partition(":") for p in policies)
    ]
    assert exit_code(shapes.comparison(**changes), wanted) == code


def test_inconclusive_may_pass(shapes: ModuleType) -> None:
    wanted = [Policy("slower", 0.03)]
    assert exit_code(shapes.comparison(), wanted, inconclusive_passes=True) == 0
    broken = [*wanted, Policy("slower", 0.02)]
    assert exit_code(shapes.comparison(), broken, inconclusive_passes=True) == 1
