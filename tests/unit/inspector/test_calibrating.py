from __future__ import annotations

import math
import random

import pytest

from amun_core.specification import IndicatorRequest
from amun_statistics.detectable import least_detectable_effect
from inspector import calibrating
from inspector.calibrating import calibration_of, noise_of
from knowledge_graph.comparison_records import Block
from tests.support import comparisons

MATMUL = IndicatorRequest(name="matmul", framework="numpy", parameters={"matrix_size": 64})


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrating, "REPLAYED_COMPARISONS", 100)


def blocks(count: int, difference: float = 0.0, spread: float = 0.01) -> list[Block]:
    """Blocks of two builds of which b takes exp(`difference`) times as long."""
    drawn = random.Random(3)
    made = []
    for index in range(count):
        order = drawn.choice(["ABBA", "BAAB"])
        a = tuple(math.exp(drawn.gauss(0, spread)) for _ in range(2))
        b = tuple(math.exp(drawn.gauss(difference, spread)) for _ in range(2))
        value = (sum(map(math.log, b)) - sum(map(math.log, a))) / 2
        made.append(comparisons.block(index, value, order=order, a_seconds=a, b_seconds=b))
    return made


def test_a_quiet_host_sees_small_effects() -> None:
    made = calibration_of(blocks(40), MATMUL, 0.02, seed=1)
    assert made is not None
    document = made.document
    assert document["blocks"] == 40
    assert document["comparisons"] == 100
    assert document["equivalent_rate"] == 1.0
    assert document["false_verdict_rate"] == 0.0
    assert 0 < document["false_verdict_upper"] < 0.05
    assert document["least_detectable_effect"] == pytest.approx(
        least_detectable_effect(document["block_spread"])
    )
    assert 1.02 < made.least_detectable_effect < 1.03
    assert document["indicator"]["parameters"] == {"matrix_size": 64}


def test_what_one_build_is_faster_by_is_noise_too() -> None:
    alike, unlike = noise_of(blocks(40)), noise_of(blocks(40, difference=0.05))
    assert alike is not None
    assert unlike is not None
    assert alike == pytest.approx(0.01, rel=0.4)
    assert unlike > 0.04


def test_too_few_blocks_calibrate_nothing() -> None:
    assert calibration_of(blocks(9), MATMUL, 0.02, seed=1) is None
