"""What cannot be measured is refused at the door: every type on every framework and device."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from amun_api.indicator_catalogue import IndicatorCatalogue

URL = "/api/v1/inspections"
HALVES = {"float16", "bfloat16"}
FLOATS = {"float32", "float64"}

#: Which types each framework has on each device, by hand; what stands nowhere is refused.
PRODUCTS = {
    ("jax", "cpu"): {*HALVES, *FLOATS, "int8"},
    ("jax", "cuda"): {*HALVES, *FLOATS, "int8", "tf32"},
    ("numpy", "cpu"): {"float16", *FLOATS},
    ("tensorflow", "cpu"): {*HALVES, *FLOATS, "int8"},
    ("tensorflow", "cuda"): {*HALVES, *FLOATS, "int8", "tf32"},
    ("torch", "cpu"): {*HALVES, *FLOATS, "int8"},
    ("torch", "cuda"): {*HALVES, *FLOATS, "int8", "tf32"},
}
LAYERS = {place: types - {"int8"} for place, types in PRODUCTS.items()}
LAYERS["numpy", "cpu"] = FLOATS
MEMORY = dict.fromkeys(PRODUCTS, FLOATS)
POSSIBLE = {
    "matmul": PRODUCTS,
    "gemm": PRODUCTS,
    "peak": PRODUCTS,
    "conv1d": LAYERS,
    "conv2d": LAYERS,
    "rnn": LAYERS,
    "stream_triad": MEMORY,
    "sparse_gemm": {**MEMORY, ("scipy", "cpu"): FLOATS} | {("numpy", "cpu"): set()},
}
FRAMEWORKS = ("jax", "mpi4py", "mxnet", "numpy", "scipy", "tensorflow", "torch")
TYPES = ("bfloat16", "complex64", "float16", "float32", "float64", "int8", "tf32", "uint4", "")
DEVICES = ("cpu", "cuda", "tpu", "")


@pytest.fixture(scope="module")
def indicators() -> IndicatorCatalogue:
    return IndicatorCatalogue()


@pytest.mark.parametrize("name", sorted(POSSIBLE))
def test_every_combination(indicators: IndicatorCatalogue, name: str) -> None:
    taken, expected = set(), set()
    for framework, device, dtype in itertools.product(FRAMEWORKS, DEVICES, TYPES):
        parameters = {"dtype": dtype, "device": device}
        asked = {"name": name, "framework": framework, "parameters": parameters}
        _, faults = indicators.settle({"indicator": asked})
        if not faults:
            taken.add((framework, device, dtype))
        else:
            assert {fault.pointer for fault in faults} <= {
                "/indicator/framework",
                "/indicator/parameters/dtype",
                "/indicator/parameters/device",
            }
        if dtype in POSSIBLE[name].get((framework, device), set()):
            expected.add((framework, device, dtype))
    assert taken == expected


@pytest.mark.parametrize(
    ("name", "framework", "parameters", "pointer", "message"),
    [
        ("matmul", "mxnet", {}, "/indicator/framework", "no variant for 'mxnet'"),
        ("matmul", "numpy", {"dtype": "int8"}, "/indicator/parameters/dtype", "not one of"),
        ("conv2d", "torch", {"dtype": "int8"}, "/indicator/parameters/dtype", "not one of"),
        ("matmul", "torch", {"dtype": "int4"}, "/indicator/parameters/dtype", "not one of"),
        ("gemm", "torch", {"dtype": "tf32"}, "/indicator/parameters/dtype", "arithmetic of GPUs"),
        ("peak", "numpy", {"device": "cuda"}, "/indicator/parameters/device", "not one of cpu"),
        ("matmul", "jax", {"device": "tpu"}, "/indicator/parameters/device", "not one of"),
        ("sparse_gemm", "scipy", {"sparsity": 1.5}, "/indicator/parameters/sparsity", "more than"),
        ("allreduce", "torch", {"processes": 1}, "/indicator/parameters/processes", "less than 2"),
        (
            "gemm",
            "torch",
            {"dtype": "int8", "k": 200000},
            "/indicator/parameters/k",
            "may not fit in int32",
        ),
    ],
)
def test_refused_before_anything_is_built(
    client, store, name: str, framework: str, parameters: dict[str, Any], pointer: str, message: str
) -> None:
    asked = {"name": name, "framework": framework, "parameters": parameters}
    answer = client.post(URL, json={"indicator": asked})
    assert answer.status_code == 422
    (fault,) = answer.json["errors"]
    assert fault["pointer"] == pointer
    assert message in fault["message"]
    assert store.pending_outbox() == []
