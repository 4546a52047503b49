"""General products on NumPy, for real."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pis import catalogue
from pis.gemm.on_numpy import GemmOnNumpy


def prepared(**parameters: Any) -> GemmOnNumpy:
    values, faults = catalogue.check("gemm", "numpy", {"m": 7, "n": 5, "k": 11, **parameters})
    assert faults == []
    workload = GemmOnNumpy(values, 3)
    workload.load()
    workload.prepare()
    return workload


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_products(dtype: str, transpose_a: bool, transpose_b: bool, batch: int) -> None:
    workload = prepared(dtype=dtype, transpose_a=transpose_a, transpose_b=transpose_b, batch=batch)
    found = workload.step()
    assert found.dtype.name == dtype
    assert found.shape == ((7, 5) if batch == 1 else (3, 7, 5))
    # an operand that is transposed is a view of data that lies the other way round
    assert workload.a.flags["C_CONTIGUOUS"] is not transpose_a
    assert workload.b.flags["C_CONTIGUOUS"] is not transpose_b
    assert np.allclose(found, np.einsum("...ij,...jk", workload.a, workload.b), atol=0.02)
    assert workload.check().passed


def test_every_product_of_a_batch_is_checked() -> None:
    workload = prepared(batch=3)
    wrong = workload.step()
    wrong[2, 6, 4] += 0.01
    workload.step = lambda: wrong
    assert not workload.check().passed
    wrong[2, 6, 4] = np.nan
    assert not workload.check().passed


def test_work_of_published_problems() -> None:
    work = catalogue.declaration("gemm").work
    assert work is not None
    problem = {"m": 1760, "n": 7000, "k": 1760, "batch": 1}
    # a published row of a V100 in float32: 3.376 ms
    assert work(problem) / 3.376e-3 / 1e12 == pytest.approx(12.845497630331755, rel=1e-14)
    assert work({**problem, "batch": 4}) == 4 * work(problem)
    largest = {"m": 8448, "n": 48000, "k": 2816, "batch": 1}
    assert work(largest) == 2_283_798_528_000


def test_text_from_a_command_line_is_read() -> None:
    assert prepared(transpose_a="true").parameters["transpose_a"] is True
    assert catalogue.check("gemm", "numpy", {"transpose_a": "maybe"})[1] == [
        ("transpose_a", "'maybe' is neither true nor false")
    ]
