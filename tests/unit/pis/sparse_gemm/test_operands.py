"""The data of a sparse product and what is counted of it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from pis import catalogue, freivalds, work
from pis.sparse_gemm import operands


def test_expected_entries_are_those_of_the_suite() -> None:
    from pis.suites.deepbench import work as deepbench

    for m, k, sparsity in ((7680, 2560, 0.95), (10752, 3584, 0.9), (3, 5, 0.0), (3, 5, 1.0)):
        expected = deepbench.nonzeros(m, k, sparsity)
        assert operands.expected_nonzeros(m, k, sparsity) == expected


def test_entries_below_the_sparsity_become_zero() -> None:
    product = operands.SparseProduct({"sparsity": 0.75}, 0)
    # brought to [0, 1): 0, 0.5, 0.75, 0.875
    found = product.sparse(np.array([-1.0, 0.0, 0.5, 0.75]))
    assert found.tolist() == [0.0, 0.0, 0.75, 0.875]


def test_operations_by_hand() -> None:
    # 3 entries meet 2 columns: 6 multiplications, and as many additions into the result
    product = operands.SparseProduct({"n": 2}, 0)
    product.nonzeros = 3
    assert product.operations() == 12


def test_figures() -> None:
    product = operands.SparseProduct({"m": 4, "n": 3, "k": 5, "sparsity": 0.5}, 0)
    product.nonzeros = 9
    product.dense_step = lambda: time.sleep(0.002)
    found = product.figures([], 0.001)
    assert found["nonzeros"] == 9
    # 2 x 4 x 3 x 5 x 0.5 operations "of zeros" in a millisecond
    assert found["sheet_rate"] == pytest.approx(60 / 0.001 / 1e9)
    assert found["dense_elapsed"] >= 2.0
    assert found["speedup"] == pytest.approx(found["dense_elapsed"] / 1.0)


def test_a_published_row() -> None:
    # Titan Xp, 7680 x 1 x 2560 at 0.95: 0.029 ms, told as 1.2881213793103448 TFLOPS
    sheet = work.sparse_sheet(7680, 1, 2560, 0.95)
    assert sheet / 0.029e-3 / 1e12 == pytest.approx(1.2881213793103448, rel=1e-15)
    # done in that time was nineteen times less
    declared = catalogue.declaration("sparse_gemm").work
    assert declared is not None
    done = declared({"m": 7680, "n": 1, "k": 2560, "sparsity": 0.95})
    assert sheet / done == pytest.approx(19.0)


@pytest.mark.parametrize("columns", [1, 4])
def test_vectors_are_checked_as_matrices(columns: int) -> None:
    generator = np.random.RandomState(5)
    a, b = generator.random_sample((6, 7)), generator.random_sample((7, columns))
    a[a < 0.5] = 0
    c = a @ b
    b, c = (b[:, 0], c[:, 0]) if columns == 1 else (b, c)

    def passed() -> bool:
        signs = np.array(freivalds.signs(columns, 1))
        return operands.check(a, b, c, signs, "float64", np.float64, np.concatenate).passed

    assert passed()
    c[5] *= 1 + 1e-12
    assert not passed()
