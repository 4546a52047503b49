"""What PyTorch lacks is told before anything is timed (the product itself: integration tests)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pis.failures import RunFailedError
from pis.matmul.on_torch import MatmulOnTorch

PARAMETERS = {"matrix_size": 8, "dtype": "bfloat16", "device": "cpu"}


def workload(**parameters: object) -> MatmulOnTorch:
    found = MatmulOnTorch({**PARAMETERS, **parameters}, 0)
    found.torch = SimpleNamespace(
        __version__="0.4.1",
        float32=object(),
        cuda=SimpleNamespace(is_available=lambda: False),
        backends=SimpleNamespace(cuda=SimpleNamespace(matmul=SimpleNamespace(allow_tf32=True))),
    )
    return found


def test_a_version_without_the_type() -> None:
    with pytest.raises(RunFailedError, match=r"^PyTorch 0\.4\.1 has no bfloat16$") as caught:
        workload().prepare()
    assert caught.value.reason == "indicator_unsupported"


def test_a_host_without_the_device() -> None:
    with pytest.raises(RunFailedError, match="PyTorch sees no CUDA device here") as caught:
        workload(dtype="float32", device="cuda").prepare()
    assert caught.value.reason == "hardware_mismatch"


def test_narrow_arithmetic_of_a_gpu_is_allowed_for() -> None:
    assert workload(dtype="float32", device="cuda").arithmetic() == "tf32"
    assert workload(dtype="float64", device="cuda").arithmetic() == "float64"
    assert workload(dtype="float32").arithmetic() == "float32"
