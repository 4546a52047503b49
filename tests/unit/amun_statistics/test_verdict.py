from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_statistics.sequential import LOOKS
from amun_statistics.verdict import (
    Decision,
    classify,
    decide,
    decide_in_sequence,
    difference_p_value,
    equivalence_p_value,
    futile,
)

MARGIN = math.log1p(0.02)
BLOCKS = st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=40)
OPPOSITE = {"slower": "faster", "faster": "slower"}


def noise(n: int, spread: float, seed: int = 1) -> list[float]:
    draw = random.Random(seed)
    return [draw.gauss(0.0, spread) for _ in range(n)]


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        (None, "inconclusive"),
        ((0.02, 0.05), "slower"),
        ((-0.05, -0.02), "faster"),
        ((-0.019, 0.019), "equivalent"),
        ((0.001, 0.019), "equivalent"),
        ((0.0, 0.02), "inconclusive"),
        ((-0.5, 0.5), "inconclusive"),
        ((MARGIN, 0.05), "inconclusive"),
        ((-MARGIN, 0.0), "inconclusive"),
    ],
)
def test_the_whole_interval_speaks(interval: tuple[float, float] | None, verdict: str) -> None:
    assert classify(interval, 0.02) == verdict


def test_a_planted_difference_is_slower() -> None:
    decision = decide([0.0488 + value for value in noise(24, 0.01)])
    assert (decision.verdict, decision.direction) == ("slower", "slower")
    assert decision.low is not None
    assert decision.high is not None
    assert 1.02 < decision.low < decision.ratio < decision.high
    assert decision.ratio == pytest.approx(1.05, abs=0.01)
    assert (decision.blocks, decision.blocks_to_decide, decision.decided) == (24, None, True)


def test_equal_stacks_are_equivalent_once_it_is_known() -> None:
    assert decide(noise(10, 0.05)).verdict == "inconclusive"
    assert decide(noise(120, 0.03)).verdict == "equivalent"
    assert decide([0.0] * 10).verdict == "equivalent"


def test_inconclusive_has_a_direction_where_one_is_excluded() -> None:
    values = [0.03 + value for value in noise(16, 0.01)]
    decision = decide(values, band=0.03)
    assert (decision.verdict, decision.direction) == ("inconclusive", "slower")
    assert decision.low is not None
    assert 1 < decision.low < 1.03
    assert decision.blocks_to_decide is not None
    assert decision.blocks_to_decide > 16
    assert decision.band == 0.03


def test_too_few_blocks_have_no_interval() -> None:
    decision = decide([0.1] * 7)
    assert decision == Decision("inconclusive", None, math.exp(0.1), None, None, 7, None, 0.02)
    assert not futile(decision)
    with pytest.raises(ValueError, match="at least one number"):
        decide([])


@pytest.mark.parametrize("band", [0.0, -0.1, math.inf, math.nan])
def test_a_band_that_is_none(band: float) -> None:
    with pytest.raises(ValueError, match="band"):
        decide([0.1] * 10, band)


@settings(max_examples=60)
@given(values=BLOCKS, band=st.sampled_from([0.01, 0.02, 0.1]))
def test_exchanging_the_stacks_inverts_the_answer(values: list[float], band: float) -> None:
    there, back = decide(values, band), decide([-value for value in values], band)
    assert back.verdict == OPPOSITE.get(there.verdict, there.verdict)
    assert back.direction == OPPOSITE.get(str(there.direction))
    assert back.ratio == pytest.approx(1 / there.ratio)
    assert back.blocks_to_decide == there.blocks_to_decide
    if there.low is None or there.high is None:
        assert (back.low, back.high) == (None, None)
    else:
        assert (back.low, back.high) == pytest.approx((1 / there.high, 1 / there.low))
        assert there.low <= there.ratio <= there.high


@settings(max_examples=60)
@given(values=BLOCKS, band=st.sampled_from([0.01, 0.02, 0.1]))
def test_a_verdict_agrees_with_its_interval(values: list[float], band: float) -> None:
    decision = decide(values, band)
    low, high = decision.low or 0.0, decision.high or math.inf
    edge = 1e-9
    if decision.verdict == "slower":
        assert low > 1 + band - edge
    elif decision.verdict == "faster":
        assert high < 1 / (1 + band) + edge
    elif decision.verdict == "equivalent":
        assert 1 / (1 + band) - edge < low <= high < 1 + band + edge
    else:
        assert low <= 1 + band + edge
        assert high >= 1 / (1 + band) - edge
        assert low <= 1 / (1 + band) + edge or high >= 1 + band - edge


def test_the_first_look_that_decides_ends_it() -> None:
    values = [0.2 + value for value in noise(16, 0.01)]
    decision = decide_in_sequence([*values, *noise(104, 1.0)])
    assert (decision.verdict, decision.blocks) == ("slower", 10)
    assert decision == decide(values[:10])


def test_blocks_between_looks_have_no_say() -> None:
    draw = random.Random(8)
    values = [draw.choice([-0.3, 0.3]) for _ in range(10)] + [0.3] * 4
    assert decide_in_sequence(values[:13]).blocks == 13
    # at 16 it is looked at, whatever 11 to 15 looked like
    assert decide_in_sequence([*values, -0.4, 0.4]).blocks == 16


def test_a_hopeless_comparison_is_given_up() -> None:
    values = noise(120, 1.0)
    given_up = decide_in_sequence(values)
    assert given_up.verdict == "inconclusive"
    assert given_up.blocks < 120
    assert futile(given_up)
    assert given_up.blocks_to_decide is not None
    assert given_up.blocks_to_decide > LOOKS[-1]
    assert decide_in_sequence(values, give_up=False).blocks == 120


def test_futility_depends_on_the_cap() -> None:
    decision = decide(noise(36, 0.15, seed=4))
    assert decision.verdict == "inconclusive"
    assert not futile(decision, cap=5000)
    assert futile(decision, cap=54)
    assert not futile(decision, cap=36)


def test_no_blocks_are_no_comparison() -> None:
    with pytest.raises(ValueError, match="no values"):
        decide_in_sequence([])


def test_p_values_by_hand() -> None:
    above = [0.5 + index / 100 for index in range(10)]
    below = [-value for value in above]
    assert difference_p_value(above) == difference_p_value(below) == 2 * 7 / 1024
    assert equivalence_p_value(above) == equivalence_p_value(below) == 1.0
    inside = [index / 10_000 for index in range(10)]
    assert equivalence_p_value(inside) == 7 / 1024
    assert difference_p_value(inside) == 1.0


@settings(max_examples=40)
@given(values=BLOCKS)
def test_p_values_know_no_side(values: list[float]) -> None:
    turned = [-value for value in values]
    assert difference_p_value(turned) == difference_p_value(values)
    assert equivalence_p_value(turned) == equivalence_p_value(values)
