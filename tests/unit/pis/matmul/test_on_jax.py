"""What JAX lacks is told before anything is timed (the product itself: integration tests)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pis.failures import RunFailedError
from pis.matmul.on_jax import MatmulOnJax


def workload(precision: str | None = None, **parameters: object) -> MatmulOnJax:
    def devices(kind: str) -> list[object]:
        if kind == "cuda":
            raise RuntimeError("Unknown backend cuda")
        return [object()]

    found = MatmulOnJax({"matrix_size": 8, "dtype": "float32", "device": "cpu", **parameters}, 0)
    found.jax = SimpleNamespace(
        devices=devices, config=SimpleNamespace(jax_default_matmul_precision=precision)
    )
    return found


def test_a_host_without_the_device() -> None:
    with pytest.raises(RunFailedError, match="JAX sees no CUDA device here") as caught:
        workload(device="cuda").prepare()
    assert caught.value.reason == "hardware_mismatch"


@pytest.mark.parametrize(
    ("precision", "arithmetic"),
    [(None, "tf32"), ("tensorfloat32", "tf32"), ("highest", "float32"), ("float32", "float32")],
)
def test_narrow_arithmetic_of_a_gpu_is_allowed_for(precision: str | None, arithmetic: str) -> None:
    assert workload(precision, device="cuda").arithmetic() == arithmetic
    assert workload(precision).arithmetic() == "float32"
    assert workload(precision, device="cuda", dtype="bfloat16").arithmetic() == "bfloat16"
