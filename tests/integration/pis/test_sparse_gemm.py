"""Sparse products on SciPy, JAX, TensorFlow and PyTorch, for real."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.framework, pytest.mark.network]

FRAMEWORKS = ["jax", "scipy", "tensorflow", "torch"]


@pytest.fixture
def python(request: pytest.FixtureRequest, framework: str) -> Path:
    found: Path = request.getfixturevalue(f"{framework}_python")
    return found


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("n", "sparsity"), [(1, 0.9), (7, 0.9), (7, 0.0), (7, 1.0)])
def test_a_product(run, python: Path, framework: str, dtype: str, n: int, sparsity: float) -> None:
    code, result, _ = run(
        python,
        framework,
        indicator="sparse_gemm",
        m=301,
        n=n,
        k=200,
        sparsity=sparsity,
        dtype=dtype,
        reps=8,
    )
    assert (code, result["failure"]) == (0, None)
    assert result["check"]["passed"] is True
    published = result["@result"]
    left = published["nonzeros"]
    assert result["work"]["flops_per_iteration"] == 2 * left * n
    expected = 301 * 200 * (1 - sparsity)
    assert abs(left - expected) <= 6 * (expected * sparsity) ** 0.5  # six standard deviations
    assert published["sheet_rate"] == pytest.approx(
        2 * 301 * n * 200 * sparsity / published["elapsed"] / 1e6
    )
    assert published["speedup"] == pytest.approx(published["dense_elapsed"] / published["elapsed"])


@pytest.mark.parametrize("framework", ["jax", "tensorflow", "torch"])
def test_cuda_without_a_gpu(run, python: Path, framework: str) -> None:
    code, result, _ = run(python, framework, indicator="sparse_gemm", device="cuda")
    assert code == 3
    assert result["failure"]["reason"] == "hardware_mismatch"
