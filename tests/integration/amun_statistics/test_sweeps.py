"""P-values of comparisons that stopped by their own data, and discoveries among many of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amun_statistics.false_discovery import benjamini_hochberg
from amun_statistics.noise import BLOCK_SHAPES
from amun_statistics.verdict import decide_in_sequence, difference_p_value, equivalence_p_value

EDGE = math.log1p(0.02)
SPREAD = 0.056


def comparisons(shift: float, trials: int, shape: str, seed: int) -> list[list[float]]:
    """The blocks of comparisons that go on to the last look."""
    random = np.random.default_rng(seed)
    blocks = BLOCK_SHAPES[shape](random, (trials, 120)) * SPREAD + shift
    whole: list[list[float]] = blocks.tolist()
    return whole


def stopped(values: list[float]) -> list[float]:
    """The blocks of the same comparison up to where its verdict would end it."""
    return values[: decide_in_sequence(values).blocks]


@pytest.mark.parametrize("shape", ["normal", "heavy-tailed"])
def test_p_values_hold_wherever_a_comparison_stopped(shape: str) -> None:
    ended = [stopped(values) for values in comparisons(EDGE, 1000, shape, seed=30)]
    different = [difference_p_value(values) for values in ended]
    equivalent = [equivalence_p_value(values) for values in ended]
    for level in (0.01, 0.05, 0.2):
        # three standard errors of a share that is exactly the level
        slack = 3 * math.sqrt(level * (1 - level) / len(ended))
        assert np.mean(np.array(different) <= level) <= level + slack
        assert np.mean(np.array(equivalent) <= level) <= level + slack


@pytest.mark.parametrize(("to_the_end", "power"), [(False, 0.2), (True, 0.95)])
def test_few_discoveries_of_a_sweep_are_false(to_the_end: bool, power: float) -> None:
    sweeps, nulls, real = 60, 12, 4
    at_edge = comparisons(EDGE, sweeps * nulls, "normal", seed=31)
    beyond = comparisons(math.log(1.07), sweeps * real, "normal", seed=32)
    shares, found = [], 0
    for sweep in range(sweeps):
        chosen = [
            *at_edge[sweep * nulls : (sweep + 1) * nulls],
            *beyond[sweep * real : (sweep + 1) * real],
        ]
        values = chosen if to_the_end else [stopped(one) for one in chosen]
        adjusted = benjamini_hochberg([difference_p_value(one) for one in values])
        discoveries = [index for index, p in enumerate(adjusted) if p <= 0.1]
        false = sum(index < nulls for index in discoveries)
        shares.append(false / max(1, len(discoveries)))
        found += len(discoveries) - false
    assert np.mean(shares) <= 0.1
    # ending at the first verdict leaves little to correct with; going on finds what there is
    assert found / (sweeps * real) >= power
