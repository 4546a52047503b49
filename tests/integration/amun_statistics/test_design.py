"""The sequential design errs as rarely and finds as much as its published simulation says.

Its rows are printed: `pytest -s`, or in full by `python -m amun_statistics.coverage`.
"""

from __future__ import annotations

import math
from functools import cache

import pytest

from amun_statistics.design import Outcome, _line, simulate
from amun_statistics.detectable import least_detectable_effect

TRIALS = 2000


@cache
def simulated(ratio: float, shape: str, *, give_up: bool) -> Outcome:
    row = simulate(ratio, shape, TRIALS, give_up=give_up)
    print()
    print(_line(row))
    return row


@pytest.mark.parametrize(
    ("shape", "equivalent", "blocks"), [("heavy-tailed", 99.0, 63), ("normal", 80.4, 102)]
)
def test_equal_stacks(shape: str, equivalent: float, blocks: int) -> None:
    row = simulated(1.0, shape, give_up=False)
    assert row.slower + row.faster <= 0.002
    assert 100 * row.equivalent == pytest.approx(equivalent, abs=3)
    assert row.blocks_mean == pytest.approx(blocks, abs=3)
    assert row.coverage >= 0.98


@pytest.mark.parametrize("shape", ["heavy-tailed", "normal", "outliers"])
@pytest.mark.parametrize("ratio", [1.02, 1 / 1.02])
def test_the_edge_of_the_band(shape: str, ratio: float) -> None:
    row = simulated(ratio, shape, give_up=False)
    wrong = row.slower if ratio > 1 else row.faster
    # 2.3 to 2.6 % of many more trials; three standard errors of these
    assert 0.013 <= wrong <= 0.036
    assert row.equivalent <= 0.03
    assert row.coverage >= 0.945
    assert row.blocks_mean == pytest.approx(117, abs=3)


@pytest.mark.parametrize(("shape", "blocks"), [("heavy-tailed", 24), ("normal", 38)])
def test_a_real_difference(shape: str, blocks: int) -> None:
    row = simulated(1.05, shape, give_up=False)
    assert row.slower >= 0.99
    assert row.faster == row.equivalent == 0.0
    assert row.blocks_mean == pytest.approx(blocks, abs=2)
    assert row.coverage >= 0.98


@pytest.mark.parametrize("shape", ["heavy-tailed", "normal"])
def test_giving_up_costs_little_and_errs_no_more(shape: str) -> None:
    for ratio in (1.0, 1.02, 1.05):
        stubborn = simulated(ratio, shape, give_up=False)
        wise = simulated(ratio, shape, give_up=True)
        # nobody who gives up is ever wrong: verdicts can only become rarer
        assert wise.slower <= stubborn.slower
        assert wise.faster <= stubborn.faster
        assert wise.equivalent <= stubborn.equivalent
        assert wise.blocks_mean <= stubborn.blocks_mean
        if ratio == 1.05:
            assert wise.slower >= stubborn.slower - 0.01
        if ratio == 1.0:
            assert wise.equivalent >= stubborn.equivalent - 0.05


def test_giving_up_saves_half_where_nothing_would_decide() -> None:
    row = simulate(1.0, "normal", 500, spread=0.2)
    assert row.given_up >= 0.9
    assert row.blocks_mean <= 60
    assert row.slower + row.faster <= 0.01


def test_the_least_detectable_effect_is_detected_as_often_as_it_says() -> None:
    # the spread as the estimator feels it: normal noise costs it the square root of pi / 3
    effect = least_detectable_effect(0.056 * (math.pi / 3) ** 0.5, power=0.9)
    assert effect == pytest.approx(1.041, abs=0.001)
    row = simulate(effect, "normal", 1000)
    assert 0.87 <= row.slower <= 0.97
