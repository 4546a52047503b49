"""Operation counts against cases counted by hand and by a counting number."""

from __future__ import annotations

import pytest

from pis import work


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
