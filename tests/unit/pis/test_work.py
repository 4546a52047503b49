"""Operation counts against cases counted by hand and by a counting number."""

from __future__ import annotations

import pytest

from pis import work
from pis.convolution.geometry import geometry


class Counting:
    """A number that counts the operations made with it."""

    operations = 0

    def __mul__(self, other: Counting) -> Counting:
        Counting.operations += 1
        return self

    def __add__(self, other: Counting) -> Counting:
        Counting.operations += 1
        return self


def counted(rows: int, inner: int, columns: int) -> int:
    """Operations of the textbook product, counted as they happen."""
    Counting.operations = 0
    x = Counting()
    for _ in range(rows * columns):
        total = x * x
        for _ in range(inner - 1):
            total = total + x * x
    return Counting.operations


@pytest.mark.parametrize(
    ("size", "operations"),
    [
        (1, 1),  # one multiplication
        (2, 12),  # 4 entries of 2 multiplications and 1 addition
        (3, 45),  # 9 entries of 3 multiplications and 2 additions
        (512, 268_173_312),  # 262,144 entries of 512 multiplications and 511 additions
    ],
)
def test_square_product_by_hand(size: int, operations: int) -> None:
    assert work.square_product(size) == operations
    assert work.square_product(size) == 2 * size**3 - size**2


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 4), (5, 1, 2), (4, 7, 3)])
def test_product_by_counting(shape: tuple[int, int, int]) -> None:
    assert work.product(*shape) == counted(*shape)


@pytest.mark.parametrize(
    ("dtype", "operand", "result"),
    [("int8", 1, 4), ("float16", 2, 2), ("bfloat16", 2, 2), ("tf32", 4, 4), ("float64", 8, 8)],
)
def test_bytes_of_a_product_by_hand(dtype: str, operand: int, result: int) -> None:
    # A has 2 x 3 numbers, B 3 x 4, C 2 x 4
    assert work.product_bytes(2, 3, 4, dtype) == (6 + 12) * operand + 8 * result
    assert work.product_bytes(2, 3, 4, dtype, batch=5) == 5 * work.product_bytes(2, 3, 4, dtype)


@pytest.mark.parametrize(
    ("cell", "gates", "states"), [("vanilla", 1, 1), ("lstm", 4, 2), ("gru", 3, 1)]
)
def test_bytes_of_a_recurrence_by_hand(cell: str, gates: int, states: int) -> None:
    # H 3, N 2, T 5: inputs of every step, the matrix once, the first state, the last output
    numbers = 5 * 2 * gates * 3 + 3 * gates * 3 + states * 2 * 3 + 2 * 3
    assert work.recurrence_bytes(cell, 3, 2, 5, "float32") == 4 * numbers


def test_bytes_of_a_convolution_by_hand() -> None:
    asked = {"batch": 2, "input_height": 5, "input_width": 4, "input_channels": 3,
             "filter_height": 3, "filter_width": 3, "output_channels": 7, "strides": 1,
             "padding": "VALID", "pad_height": 0, "pad_width": 0}  # fmt: skip
    # images 5 x 4 x 3, filters 3 x 3 x 3 x 7, outputs 3 x 2 x 7
    numbers = 2 * 5 * 4 * 3 + 3 * 3 * 3 * 7 + 2 * 3 * 2 * 7
    assert geometry(asked).least_bytes("float64") == 8 * numbers


def test_sparse_product_by_counting() -> None:
    Counting.operations = 0
    x = Counting()
    # 4 entries in their rows, 3 columns: each product is added to what the result holds
    for _ in range(4 * 3):
        _ = x + x * x
    assert work.sparse_product(4, 3) == Counting.operations == 24


def test_the_sheets_of_sparse_products_count_zeros() -> None:
    assert work.sparse_sheet(4, 3, 5, 0.75) == 2 * 60 * 0.75


def test_sum_over_processes_by_counting() -> None:
    Counting.operations = 0
    x = Counting()
    for _ in range(7):
        _ = x + x + x + x
    assert work.reduction(7, 4) == Counting.operations == 21
    assert work.reduction_bytes(7, 4) == 7 * 4 * 4
