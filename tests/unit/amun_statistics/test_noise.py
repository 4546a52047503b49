from __future__ import annotations

import numpy as np
import pytest

from amun_statistics.noise import BLOCK_SHAPES, SHAPES, log_seconds

ALL = {**SHAPES, **BLOCK_SHAPES}


@pytest.mark.parametrize("shape", [name for name in ALL if name != "heavy-tailed"])
def test_each_shape_has_mean_0_and_deviation_1(shape: str) -> None:
    drawn = ALL[shape](np.random.default_rng(1), (200_000,))
    assert drawn.mean() == pytest.approx(0.0, abs=0.02)
    assert drawn.std() == pytest.approx(1.0, abs=0.02)


def test_the_heavy_tailed_one_has_the_quartiles_of_its_t_distribution() -> None:
    drawn = SHAPES["heavy-tailed"](np.random.default_rng(1), (200_000,))
    # quartile of Student's t with 3 degrees of freedom: 0.76489
    assert np.quantile(drawn, [0.25, 0.5, 0.75]) == pytest.approx(
        [-0.76489 / 3**0.5, 0.0, 0.76489 / 3**0.5], abs=0.01
    )


def test_iterations_of_a_run_are_correlated_by_one_half() -> None:
    seconds = log_seconds(SHAPES["normal"], np.random.default_rng(1), 20_000, 2, 2, 0.05)
    assert seconds.shape == (20_000, 2, 2)
    assert seconds.std() == pytest.approx(0.05, rel=0.02)
    within = np.corrcoef(seconds[:, 0, 0], seconds[:, 0, 1])[0, 1]
    between = np.corrcoef(seconds[:, 0, 0], seconds[:, 1, 0])[0, 1]
    assert within == pytest.approx(0.5, abs=0.03)
    assert between == pytest.approx(0.0, abs=0.03)
