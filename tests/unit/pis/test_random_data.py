"""The input data: seeded, the same in every NumPy version, without waste of memory."""

from __future__ import annotations

import numpy as np
import pytest

from pis import random_data


def test_the_stream_is_the_frozen_one() -> None:
    matrix = random_data.uniform(np, np.random.RandomState(0), (2, 2), "float64")
    # RandomState(0).random_sample() has given 0.5488135, 0.71518937, ... since NumPy 1.0
    expected = [[0.09762701, 0.43037873], [0.20552675, 0.08976637]]
    assert matrix == pytest.approx(np.array(expected), abs=1e-8)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_shape_type_and_range(dtype: str) -> None:
    array = random_data.uniform(np, np.random.RandomState(1), (10, 20, 50), dtype)
    assert (array.shape, array.dtype.name) == ((10, 20, 50), dtype)
    assert array.flags["C_CONTIGUOUS"]
    assert -1 <= array.min() < -0.99
    assert 0.99 < array.max() <= 1
    assert abs(float(array.astype("float64").mean())) < 0.02


def test_blocks_do_not_change_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = random_data.uniform(np, np.random.RandomState(2), (37, 41), "float32")
    monkeypatch.setattr(random_data, "_BLOCK_ELEMENTS", 5 * 37)
    assert (random_data.uniform(np, np.random.RandomState(2), (37, 41), "float32") == whole).all()


def test_integers_have_each_value_alike_and_its_negative() -> None:
    array = random_data.uniform(np, np.random.RandomState(3), (255 * 400,), "int8")
    values, counts = np.unique(array, return_counts=True)
    assert array.dtype == np.int8
    assert values.tolist() == list(range(-127, 128))
    assert abs(counts - 400).max() < 120  # six standard deviations
