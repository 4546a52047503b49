"""The cells carried out with numbers that count, beside what is counted for them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from pis import work
from pis.rnn import cells
from tests.support.counting import Counter, Number

HIDDEN, BATCH, STEPS = 3, 2, 4


@dataclass
class Row:
    """One state, or the gates of one sequence, side by side."""

    numbers: list[Number]

    def __add__(self, other: Row) -> Row:
        return Row([a + b for a, b in zip(self.numbers, other.numbers, strict=True)])

    def __sub__(self, other: Row) -> Row:
        return Row([a - b for a, b in zip(self.numbers, other.numbers, strict=True)])

    def __mul__(self, other: Row) -> Row:
        return Row([a * b for a, b in zip(self.numbers, other.numbers, strict=True)])

    def mapped(self, function) -> Row:
        return Row([Number(function(each.value), each.counter) for each in self.numbers])

    def split(self, parts: int) -> list[Row]:
        size = len(self.numbers) // parts
        return [Row(self.numbers[part * size : (part + 1) * size]) for part in range(parts)]


def row(counter: Counter, length: int) -> Row:
    return Row([Number(0.1 * (place + 1), counter) for place in range(length)])


def carried_out(cell: str) -> tuple[int, int]:
    """Operations inside the products of the state, and those between them."""
    inside, between = Counter(), Counter()
    gates = work.GATES[cell]

    def matmul(state: Row, matrix: list[Row]) -> Row:
        numbers = []
        for column in matrix:
            total = Number(0.0, inside)
            for a, b in zip(state.numbers, column.numbers, strict=True):
                total += Number(a.value, inside) * b
            numbers.append(Number(total.value, between))
        return Row(numbers)

    step = cells.step_of(
        cell,
        cells.Operations(
            matmul=matmul,
            sigmoid=lambda value: value.mapped(lambda x: 1 / (1 + math.exp(-x))),
            tanh=lambda value: value.mapped(math.tanh),
            relu=lambda value: value.mapped(lambda x: max(x, 0.0)),
            split=lambda value, parts: value.split(parts),
        ),
    )
    matrix = [row(inside, HIDDEN) for _ in range(gates * HIDDEN)]
    for _sequence in range(BATCH):
        state = tuple(row(between, HIDDEN) for _ in range(2 if cell == "lstm" else 1))
        for _ in range(STEPS):
            state = step(row(between, gates * HIDDEN), matrix, state)
    return inside.operations, between.operations


@pytest.mark.parametrize(
    ("cell", "between", "of_them_counted"),
    [
        # the input is added; DeepBench counts it for this cell alone
        ("vanilla", 1, 1),
        # four inputs are added; two products and a sum for the memory, a product for the output
        ("lstm", 8, 0),
        # reset and update get their input; r h + x for the candidate; n + z (h - n)
        ("gru", 7, 0),
    ],
)
def test_operations_by_counting(cell: str, between: int, of_them_counted: int) -> None:
    products, rest = carried_out(cell)
    units = STEPS * BATCH * HIDDEN
    assert products == 2 * work.GATES[cell] * STEPS * BATCH * HIDDEN**2
    assert rest == between * units
    # so what is left out is a share of 8 / (8 H) for an LSTM and 7 / (6 H) for a GRU
    assert work.recurrence(cell, HIDDEN, BATCH, STEPS) == products + of_them_counted * units
