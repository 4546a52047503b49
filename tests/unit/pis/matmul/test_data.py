"""The input data: seeded, the same in every NumPy version, without waste of memory."""

from __future__ import annotations

import numpy as np
import pytest

from pis.matmul import data


def test_the_stream_is_the_frozen_one() -> None:
    matrix = data.uniform(np, np.random.RandomState(0), 2, "float64")
    # RandomState(0).random_sample() has given 0.5488135, 0.71518937, ... since NumPy 1.0
    expected = [[0.09762701, 0.43037873], [0.20552675, 0.08976637]]
    assert matrix == pytest.approx(np.array(expected), abs=1e-8)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_shape_type_and_range(dtype: str) -> None:
    matrix = data.uniform(np, np.random.RandomState(1), 100, dtype)
    assert (matrix.shape, matrix.dtype.name) == ((100, 100), dtype)
    assert matrix.flags["C_CONTIGUOUS"]
    assert -1 <= matrix.min() < -0.99
    assert 0.99 < matrix.max() <= 1
    assert abs(float(matrix.astype("float64").mean())) < 0.02


def test_blocks_do_not_change_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = data.uniform(np, np.random.RandomState(2), 37, "float32")
    monkeypatch.setattr(data, "_BLOCK_ELEMENTS", 5 * 37)
    assert (data.uniform(np, np.random.RandomState(2), 37, "float32") == whole).all()
