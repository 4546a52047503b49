from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_statistics.projection import FARTHEST, Outlook
from amun_statistics.sequential import LOOKS

MARGIN = math.log(1.02)
OUTLOOKS = st.builds(
    Outlook,
    estimate=st.floats(-0.2, 0.2),
    half_width=st.floats(1e-6, 1.0),
    blocks=st.sampled_from(LOOKS),
    margin=st.just(MARGIN),
)


def test_no_chance_without_a_new_block() -> None:
    outlook = Outlook(estimate=0.01, half_width=0.05, blocks=24, margin=MARGIN)
    assert outlook.chance_at(24) == 0.0
    assert outlook.chance_at(10) == 0.0


def test_the_chance_by_simulation() -> None:
    import numpy as np

    outlook = Outlook(estimate=0.012, half_width=0.03, blocks=36, margin=MARGIN)
    error = 0.03 / 2.5427  # the 99.45 % point of the normal distribution
    draw = np.random.default_rng(5)
    truth = draw.normal(0.012, error, 400_000)
    spread = error * 6
    new = truth + draw.normal(0, spread / math.sqrt(84), truth.size)
    estimate = (36 * 0.012 + 84 * new) / 120
    half_width = 0.03 * math.sqrt(36 / 120)
    low, high = estimate - half_width, estimate + half_width
    decided = (low > MARGIN) | (high < -MARGIN) | ((low > -MARGIN) & (high < MARGIN))
    assert outlook.chance_at(120) == pytest.approx(decided.mean(), abs=0.004)


@given(outlook=OUTLOOKS, total=st.integers(1, 10_000))
def test_a_chance_is_one_and_knows_no_side(outlook: Outlook, total: int) -> None:
    turned = Outlook(-outlook.estimate, outlook.half_width, outlook.blocks, outlook.margin)
    chance = outlook.chance_at(total)
    assert 0.0 <= chance <= 1.0 + 1e-12
    assert turned.chance_at(total) == pytest.approx(chance, abs=1e-9)


@given(outlook=OUTLOOKS)
def test_the_number_is_the_first_with_even_odds(outlook: Outlook) -> None:
    total = outlook.blocks_to_decide()
    if total is None:
        assert outlook.chance_at(FARTHEST - FARTHEST // 20) < 0.5
        return
    assert outlook.blocks < total <= FARTHEST
    assert outlook.chance_at(total) >= 0.5
    assert total in LOOKS or total > LOOKS[-1]
    assert all(outlook.chance_at(look) < 0.5 for look in LOOKS if look < total)


@given(outlook=OUTLOOKS)
def test_the_unit_does_not_matter(outlook: Outlook) -> None:
    doubled = Outlook(
        outlook.estimate * 2, outlook.half_width * 2, outlook.blocks, outlook.margin * 2
    )
    assert doubled.blocks_to_decide() == outlook.blocks_to_decide()


def test_more_spread_needs_more_blocks() -> None:
    needed = [
        Outlook(0.0, half_width, 54, MARGIN).blocks_to_decide() or FARTHEST
        for half_width in (0.021, 0.04, 0.08, 0.16)
    ]
    assert needed == sorted(set(needed))
    assert needed[0] == 120


def test_no_spread_tells_nothing() -> None:
    assert Outlook(MARGIN, 0.0, 10, MARGIN).blocks_to_decide() is None
