"""The check of a recurrence, and the cells on NumPy against it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pis import catalogue
from pis.rnn import reference
from pis.rnn.on_numpy import RnnOnNumpy

CELLS = ["vanilla", "lstm", "gru"]


def prepared(cell: str, **parameters: Any) -> RnnOnNumpy:
    sizes = {"hidden_size": 9, "batch": 6, "time_steps": 4, **parameters}
    values, faults = catalogue.check("rnn", "numpy", {"cell": cell, **sizes})
    assert faults == []
    workload = RnnOnNumpy(values, 2)
    workload.load()
    workload.prepare()
    return workload


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


@pytest.mark.parametrize(
    ("cell", "inputs", "matrix", "state", "expected"),
    [
        # one unit, one step: the definitions by hand
        ("vanilla", [0.5], [2.0], [[0.25]], 1.0),
        ("vanilla", [-0.75], [2.0], [[0.25]], 0.0),
        (
            "lstm",
            [0.1, 0.2, 0.3, 0.4],
            [1.0, 2.0, 3.0, 4.0],
            [[0.5], [0.8]],
            logistic(0.4 + 2.0)
            * math.tanh(logistic(0.2 + 1.0) * 0.8 + logistic(0.1 + 0.5) * math.tanh(0.3 + 1.5)),
        ),
        (
            "gru",
            [0.1, 0.2, 0.3],
            [1.0, 2.0, 3.0],
            [[0.5]],
            (1 - logistic(0.2 + 1.0)) * math.tanh(0.3 + logistic(0.1 + 0.5) * 1.5)
            + logistic(0.2 + 1.0) * 0.5,
        ),
    ],
)
def test_one_step_by_hand(
    cell: str, inputs: list[float], matrix: list[float], state: Any, expected: float
) -> None:
    arrays = [np.array([[inputs]]), np.array([matrix]), *(np.array([part]) for part in state)]
    parameters = {"cell": cell, "hidden_size": 1, "batch": 1, "time_steps": 1}
    found = reference.check(
        parameters, 0, arrays, np.array([[expected]]), "float64", lambda array: array
    )
    assert found.passed
    off = reference.check(
        parameters, 0, arrays, np.array([[expected + 1e-9]]), "float64", lambda array: array
    )
    assert not off.passed


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_cells_on_numpy(cell: str, dtype: str) -> None:
    workload = prepared(cell, dtype=dtype)
    found = workload.step()
    assert (found.shape, found.dtype.name) == ((6, 9), dtype)
    assert workload.check().passed
    # the state of before is still there: each iteration begins anew
    assert (workload.step() == found).all()


@pytest.mark.parametrize("cell", CELLS)
def test_a_wrong_number_in_a_followed_sequence_is_seen(cell: str) -> None:
    workload = prepared(cell)
    right = workload.step()
    for sequence in reference.followed(6, 2):
        for value in (right[sequence, 4] + 1e-4, np.nan):
            wrong = right.copy()
            wrong[sequence, 4] = value
            workload.step = lambda wrong=wrong: wrong
            assert not workload.check().passed


@pytest.mark.parametrize("cell", CELLS)
def test_a_step_too_few_is_seen(cell: str) -> None:
    workload = prepared(cell)
    shorter = prepared(cell)
    shorter.arrays[0] = shorter.arrays[0][:-1]
    assert not reference.check(
        shorter.parameters, 2, shorter.arrays, workload.step(), "float32", workload.wide
    ).passed


def test_which_sequences_are_followed() -> None:
    assert reference.followed(1, 7) == [0]
    assert reference.followed(3, 7) == [0, 1, 2]
    four = reference.followed(100, 7)
    assert len(set(four)) == 4
    assert four[-1] == 99
    assert four == reference.followed(100, 7) != reference.followed(100, 8)


@pytest.mark.parametrize(
    ("cell", "hidden", "batch", "steps", "milliseconds", "teraflops"),
    [
        # rows of the published training sheet of a V100 in float32
        ("vanilla", 1760, 16, 50, 4.201, 1.180092358962152),
        ("lstm", 2048, 128, 25, 9.294, 11.553064600817732),
        ("gru", 2816, 32, 1500, 223.343, 10.22552096103303),
    ],
)
def test_published_rates_follow_from_published_times(
    cell: str, hidden: int, batch: int, steps: int, milliseconds: float, teraflops: float
) -> None:
    work = catalogue.declaration("rnn").work
    assert work is not None
    parameters = {"cell": cell, "hidden_size": hidden, "batch": batch, "time_steps": steps}
    assert work(parameters) / (milliseconds * 1e-3) / 1e12 == pytest.approx(teraflops, rel=1e-14)


@pytest.mark.parametrize(("cell", "gates"), [("vanilla", 1), ("lstm", 4), ("gru", 3)])
def test_operations_by_counting(cell: str, gates: int) -> None:
    work = catalogue.declaration("rnn").work
    assert work is not None
    operations = 0
    for _step in range(3):
        for _sequence in range(2):
            for _entry in range(gates * 5):
                for _term in range(5):
                    operations += 2  # a multiplication, and the addition to what is there
            if cell == "vanilla":
                operations += 5  # the input of the step
    assert work({"cell": cell, "hidden_size": 5, "batch": 2, "time_steps": 3}) == operations
