"""What ONNX Runtime is asked for, and what it lacks (the work itself: integration tests)."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from pis import catalogue
from pis.failures import RunFailedError
from pis.matmul.on_onnxruntime import MatmulOnOnnxruntime
from pis.on_onnxruntime import threads

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


class Session:
    """A session that has the given providers, whatever was asked for."""

    providers: tuple[str, ...] = (CPU,)

    def __init__(self, model: bytes, options: Any, providers: Any) -> None:
        self.asked = providers

    def get_providers(self) -> list[str]:
        return list(self.providers)


def workload(built: tuple[str, ...] = (CPU,), **parameters: object) -> MatmulOnOnnxruntime:
    found = MatmulOnOnnxruntime(
        {"matrix_size": 8, "dtype": "float32", "device": "cpu", **parameters}, 0
    )
    found.onnxruntime = SimpleNamespace(
        __version__="1.20.0",
        OrtValue=object,
        SessionOptions=SimpleNamespace,
        GraphOptimizationLevel=SimpleNamespace(ORT_ENABLE_ALL=99),
        InferenceSession=Session,
        get_available_providers=lambda: list(built),
    )
    return found


def test_a_build_without_cuda() -> None:
    with pytest.raises(RunFailedError, match="was built without CUDA") as caught:
        workload(device="cuda").prepare()
    assert caught.value.reason == "hardware_mismatch"


def test_a_host_without_a_device_does_not_go_on_with_the_cpu() -> None:
    with pytest.raises(RunFailedError, match="cannot use a CUDA device here") as caught:
        workload((CUDA, CPU), device="cuda").prepare()
    assert caught.value.reason == "hardware_mismatch"


@pytest.mark.parametrize(
    ("version", "dtype", "use"),
    [("1.18.0", "float32", "0"), ("1.18.0", "tf32", "1"), ("1.17.3", "float32", None)],
)
def test_tf32_is_said_to_the_provider(version: str, dtype: str, use: str | None) -> None:
    found = workload((CUDA, CPU), device="cuda", dtype=dtype)
    found.onnxruntime.__version__ = version
    found.ready()
    assert found._providers() == [(CUDA, {"use_tf32": use}) if use else CUDA]
    options = {CUDA: {"use_tf32": use} if use else {}}
    found.session = SimpleNamespace(get_provider_options=lambda: options)
    # versions without the switch take TF32
    assert found.arithmetic() == ("float32" if use == "0" else "tf32")


def test_a_version_that_has_no_switch_for_tf32() -> None:
    found = workload((CUDA, CPU), device="cuda", dtype="tf32")
    found.onnxruntime.__version__ = "1.17.3"
    with pytest.raises(RunFailedError, match="has no switch for TF32") as caught:
        found.prepare()
    assert caught.value.reason == "indicator_unsupported"


def test_a_version_that_cannot_bind() -> None:
    found = workload()
    del found.onnxruntime.OrtValue
    with pytest.raises(RunFailedError, match="cannot bind inputs") as caught:
        found.prepare()
    assert caught.value.reason == "indicator_unsupported"


@pytest.mark.parametrize(
    ("variable", "expected"), [("3", 3), ("2,4", 2), ("", None), ("0", None), ("many", None)]
)
def test_threads(monkeypatch: pytest.MonkeyPatch, variable: str, expected: int | None) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    assert threads() == (expected or len(os.sched_getaffinity(0)))


@pytest.mark.parametrize("name", ["matmul", "gemm", "conv1d", "conv2d", "rnn"])
def test_types_without_a_kernel_are_refused_before_anything_is_built(name: str) -> None:
    def faults(**parameters: str) -> list[str]:
        return [field for field, _ in catalogue.check(name, "onnxruntime", parameters)[1]]

    assert faults() == []
    assert faults(dtype="bfloat16") == ["dtype"]
    assert faults(dtype="float16") == ["dtype"]
    assert faults(dtype="float16", device="cuda") == []
    assert faults(dtype="tf32") == ["dtype"]
    assert faults(dtype="tf32", device="cuda") == []
    assert faults(dtype="int8") == ([] if name in ("matmul", "gemm") else ["dtype"])
    assert faults(dtype="float64") == (["dtype"] if name.startswith("conv") else [])


def test_no_gradients() -> None:
    (fault,) = catalogue.check("conv2d", "onnxruntime", {"direction": "backward_data"})[1]
    assert fault[0] == "direction"


def test_two_products_of_int8_fit_in_sixteen_bits_on_a_cpu() -> None:
    # what processors without VNNI add up in; on others nothing else would notice
    made = workload(dtype="int8")
    made.ready()
    array = made.right(64, 64)
    assert array.dtype == "int8"
    assert len(set(array.flat)) == 128
    assert 2 * 255 * abs(array.astype(int)).max() <= 32767


def test_a_gpu_gets_all_of_int8() -> None:
    made = workload((CUDA, CPU), dtype="int8", device="cuda")
    made.ready()
    assert abs(made.right(64, 64).astype(int)).max() == 127
