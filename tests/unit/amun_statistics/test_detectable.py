from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_statistics.detectable import block_spread, least_detectable_effect


def test_the_spread_of_normal_noise_is_its_deviation() -> None:
    draw = random.Random(2)
    values = [draw.gauss(0.3, 0.056) for _ in range(600)]
    assert block_spread(values) == pytest.approx(0.056 * math.sqrt(math.pi / 3), rel=0.06)


def test_a_few_far_values_hardly_move_the_spread() -> None:
    draw = random.Random(2)
    values = [draw.gauss(0.0, 0.05) for _ in range(120)]
    calm = block_spread(values)
    disturbed = block_spread([*values[:-3], 5.0, -5.0, 5.0])
    assert calm is not None
    assert disturbed == pytest.approx(calm, rel=0.15)


def test_five_blocks_have_no_spread() -> None:
    assert block_spread([1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert block_spread([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == pytest.approx(
        math.sqrt(6) * 5 / (2 * 1.959964)
    )


def test_the_effect_by_hand() -> None:
    # z of 0.0055 is 2.5427, z of 90 % is 1.2816; 0.056 / sqrt 120 is 0.005112
    assert least_detectable_effect(0.056) == pytest.approx(
        1.02 * math.exp((2.5427 + 1.2816) * 0.005112), abs=1e-5
    )
    assert least_detectable_effect(0.0, 10, band=0.03) == 1.03


@given(
    spread=st.floats(0.001, 1.0),
    blocks=st.integers(1, 1000),
    power=st.floats(0.5, 0.999),
)
def test_less_noise_more_blocks_or_less_power_find_less(
    spread: float, blocks: int, power: float
) -> None:
    effect = least_detectable_effect(spread, blocks, power=power)
    assert effect > 1.02
    assert least_detectable_effect(spread / 2, blocks, power=power) < effect
    assert least_detectable_effect(spread, blocks * 2, power=power) < effect
    assert least_detectable_effect(spread, blocks * 4, power=power) == pytest.approx(
        least_detectable_effect(spread / 2, blocks, power=power)
    )
    assert least_detectable_effect(spread, blocks, power=0.5) <= effect


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"spread": -1.0}, "spread"), ({"spread": math.nan}, "spread"),
     ({"spread": 1.0, "blocks": 0}, "blocks"), ({"spread": 1.0, "power": 1.0}, "power"),
     ({"spread": 1.0, "power": 0.4}, "power")],
)  # fmt: skip
def test_what_makes_no_sense(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        least_detectable_effect(**arguments)  # type: ignore[arg-type]
