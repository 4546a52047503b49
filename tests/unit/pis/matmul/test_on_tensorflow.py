"""What TensorFlow lacks is told before anything is timed (the product itself: integration tests)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pis.failures import RunFailedError
from pis.matmul.on_tensorflow import MatmulOnTensorflow

PARAMETERS = {"matrix_size": 8, "dtype": "float32", "device": "cpu"}


def workload(version: str, **parameters: object) -> MatmulOnTensorflow:
    found = MatmulOnTensorflow({**PARAMETERS, **parameters}, 0)
    found.tensorflow = SimpleNamespace(
        __version__=version,
        float32=object(),
        config=SimpleNamespace(
            experimental=SimpleNamespace(
                list_physical_devices=lambda kind: [],
                tensor_float_32_execution_enabled=lambda: True,
            )
        ),
        test=SimpleNamespace(is_gpu_available=lambda: False),
    )
    return found


def test_a_version_without_the_type() -> None:
    with pytest.raises(RunFailedError, match=r"^TensorFlow 1\.3\.0 has no bfloat16$") as caught:
        workload("1.3.0", dtype="bfloat16").prepare()
    assert caught.value.reason == "indicator_unsupported"


@pytest.mark.parametrize("version", ["1.15.5", "2.21.0"])
def test_a_host_without_the_device(version: str) -> None:
    with pytest.raises(RunFailedError, match="TensorFlow sees no GPU here") as caught:
        workload(version, device="cuda").prepare()
    assert caught.value.reason == "hardware_mismatch"


def test_narrow_arithmetic_of_a_gpu_is_allowed_for() -> None:
    assert workload("2.21.0", device="cuda").arithmetic() == "tf32"
    assert workload("2.21.0").arithmetic() == "float32"


def test_old_versions_have_no_pools_to_tell_of() -> None:
    found = workload("1.3.0")
    assert found.pools() == {}
