"""Sparse products on SciPy, for real."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pis import catalogue
from pis.sparse_gemm.on_scipy import SparseGemmOnScipy


def prepared(**parameters: Any) -> SparseGemmOnScipy:
    asked = {"m": 50, "n": 5, "k": 40, "sparsity": 0.8, **parameters}
    values, faults = catalogue.check("sparse_gemm", "scipy", asked)
    assert faults == []
    workload = SparseGemmOnScipy(values, 3)
    workload.load()
    workload.prepare()
    return workload


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sparsity", [0, 0.8, 1])
def test_products(n: int, dtype: str, sparsity: float) -> None:
    workload = prepared(n=n, dtype=dtype, sparsity=sparsity)
    found = workload.step()
    assert found.dtype.name == dtype
    assert found.shape == ((50,) if n == 1 else (50, 5))
    assert np.allclose(found, workload.dense_step(), atol=1e-5)
    assert workload.check().passed


def test_the_entries_are_counted_in_the_data() -> None:
    workload = prepared()
    left = np.count_nonzero(workload.a)
    assert workload.operations() == 2 * left * 5
    assert left != 50 * 40 * 0.2  # as expected would be another number
    assert abs(left - 400) < 80  # four standard deviations
    assert workload.a[workload.a != 0].min() >= 0.8
    assert workload.a.max() < 1


def test_the_same_seed_gives_the_same_count() -> None:
    assert prepared().nonzeros == prepared().nonzeros


def test_one_wrong_number_is_seen() -> None:
    workload = prepared()
    wrong = workload.step()
    wrong[49, 4] += 1e-3
    workload.step = lambda: wrong
    assert not workload.check().passed


def test_a_run_tells_work_and_figures(drive) -> None:
    indicator = {
        "name": "sparse_gemm",
        "framework": "scipy",
        "parameters": {"m": 60, "n": 2, "k": 30, "reps": 5},
    }
    ended = drive(indicator=indicator)
    assert (ended.code, ended.result["failure"]) == (0, None)
    published = ended.result["@result"]
    operations = ended.result["work"]["flops_per_iteration"]
    assert operations == 4 * published["nonzeros"]
    assert published["rate"] == pytest.approx(operations / published["elapsed"] / 1e6)
    assert published["sheet_rate"] > published["rate"]
    assert published["speedup"] == pytest.approx(published["dense_elapsed"] / published["elapsed"])
