"""Every indicator on JAX, ONNX Runtime, TensorFlow and PyTorch: right in all that it offers."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from amun_core.thread_remarks import thread_remarks
from pis import catalogue

pytestmark = [pytest.mark.framework, pytest.mark.network]

FRAMEWORKS = ["jax", "onnxruntime", "tensorflow", "torch"]
PARENT = str(Path(catalogue.folder()).parent)

MANY = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pis import catalogue
for name, framework, parameters in json.load(sys.stdin):
    workload = catalogue.workload(name, framework)(parameters, 1)
    workload.load()
    step = workload.prepare()
    step()
    check = workload.check()
    workload.facts()
    print(json.dumps([check.passed, check.maximum_error]))
"""


@pytest.fixture
def python(request: pytest.FixtureRequest, framework: str) -> Path:
    found: Path = request.getfixturevalue(f"{framework}_python")
    return found


def choices(name: str, framework: str, parameter: str) -> tuple[Any, ...]:
    known = {each.name: each for each in catalogue.declaration(name).parameters}
    narrowed = catalogue.workload(name, framework).choices
    return tuple(narrowed.get(parameter, known[parameter].choices))


def checked(python: Path, cases: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Prepare, make and check one iteration of each case, all in one process."""
    settled = []
    for name, framework, parameters in cases:
        values, faults = catalogue.check(name, framework, parameters)
        if not faults:
            settled.append((name, framework, values))
    assert len(settled) >= len(cases) / 4
    done = subprocess.run(
        [str(python), "-B", "-c", MANY, PARENT],
        input=json.dumps(settled),
        capture_output=True,
        text=True,
        check=False,
        env={"TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(settled), (settled[len(found)], done.stderr[-2000:])
    for case, (passed, error) in zip(settled, found, strict=True):
        assert passed, (case, error)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_convolutions_of_images(python: Path, framework: str) -> None:
    small = {
        "batch": 2,
        "input_height": 9,
        "input_width": 13,
        "input_channels": 3,
        "filter_height": 3,
        "filter_width": 4,
        "output_channels": 5,
    }
    cases = []
    for dtype, order, padding, strides, direction in itertools.product(
        choices("conv2d", framework, "dtype"),
        choices("conv2d", framework, "data_format"),
        choices("conv2d", framework, "padding"),
        (1, 2, 3),
        choices("conv2d", framework, "direction"),
    ):
        asked = {
            **small,
            "dtype": dtype,
            "data_format": order,
            "padding": padding,
            "strides": strides,
            "direction": direction,
            "pad_width": 2 if padding == "EXPLICIT" else 0,
        }
        cases.append(("conv2d", framework, asked))
    checked(python, cases)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_convolutions_of_sequences(python: Path, framework: str) -> None:
    cases = []
    for dtype, order, padding, strides in itertools.product(
        choices("conv1d", framework, "dtype"),
        choices("conv1d", framework, "data_format"),
        choices("conv1d", framework, "padding"),
        (1, 2, 3),
    ):
        asked = {
            "input_width": 14,
            "dtype": dtype,
            "data_format": order,
            "padding": padding,
            "strides": strides,
            "pad_width": 2 if padding == "EXPLICIT" else 0,
        }
        cases.append(("conv1d", framework, asked))
    checked(python, cases)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_general_products(python: Path, framework: str) -> None:
    cases = []
    for dtype, transpose_a, transpose_b, batch in itertools.product(
        choices("gemm", framework, "dtype"), (False, True), (False, True), (1, 3)
    ):
        asked = {
            "m": 33,
            "n": 17,
            "k": 41,
            "dtype": dtype,
            "transpose_a": transpose_a,
            "transpose_b": transpose_b,
            "batch": batch,
        }
        cases.append(("gemm", framework, asked))
    checked(python, cases)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_recurrences(python: Path, framework: str) -> None:
    cases = []
    for cell, dtype, (hidden, batch, steps) in itertools.product(
        choices("rnn", framework, "cell"),
        choices("rnn", framework, "dtype"),
        ((1, 1, 1), (37, 6, 5), (256, 3, 40)),
    ):
        asked = {
            "cell": cell,
            "dtype": dtype,
            "hidden_size": hidden,
            "batch": batch,
            "time_steps": steps,
        }
        cases.append(("rnn", framework, asked))
    checked(python, cases)


@pytest.mark.parametrize("framework", ["onnxruntime", "torch"])
def test_triads(python: Path, framework: str) -> None:
    cases = [
        ("stream_triad", framework, {"elements": elements, "dtype": dtype})
        for elements in (1, 100_003, 1_000_000)
        for dtype in ("float32", "float64")
    ]
    checked(python, cases)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["conv1d", "conv2d", "gemm", "rnn"])
def test_a_whole_run_with_the_defaults(run, python: Path, framework: str, name: str) -> None:
    code, result, stdout = run(python, framework, indicator=name, reps=12)
    assert (code, result["failure"]) == (0, None)
    assert result["check"]["passed"] is True
    assert len(result["samples"]["values"]) == 12
    assert json.loads(stdout)["@result"]["rate"] > 0
    assert result["runtime"]["component_version"]
    # two cores compute no 10 TFLOPS: a count or a clock would be wrong
    assert result["@result"]["rate"] < 10_000


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_imports(run, frozen, python: Path, framework: str) -> None:
    code, result, stdout = run(python, framework, frozen(python), indicator="import_time")
    assert (code, result["failure"]) == (0, None)
    (seconds,) = result["samples"]["values"]
    assert seconds > 0.02
    assert json.loads(stdout)["@result"] == {"elapsed": pytest.approx(seconds * 1e3)}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["conv1d", "conv2d", "gemm", "rnn"])
def test_cuda_without_a_gpu(run, python: Path, framework: str, name: str) -> None:
    code, result, _ = run(python, framework, indicator=name, device="cuda")
    assert code == 3
    assert result["failure"]["reason"] == "hardware_mismatch"


LAYERS = """
import sys
sys.path.insert(0, sys.argv[1])
import torch
from amun_core.thread_remarks import thread_remarks
from pis import catalogue
for cell, layer in (("vanilla", torch.nn.RNN), ("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)):
    parameters = {
        "cell": cell, "dtype": "float64", "device": "cpu",
        "hidden_size": 24, "batch": 5, "time_steps": 7,
    }
    workload = catalogue.workload("rnn", "torch")(parameters, 4)
    workload.load()
    found = workload.prepare()()
    inputs, matrix, *state = workload.arrays
    options = {"nonlinearity": "relu"} if cell == "vanilla" else {}
    own = layer(inputs.shape[-1], 24, bias=False, dtype=torch.float64, **options)
    # the projection of the input is the identity: the layer then computes the recurrence alone
    own.weight_ih_l0.copy_(torch.eye(inputs.shape[-1], dtype=torch.float64))
    own.weight_hh_l0.copy_(matrix.T)
    first = tuple(part[None] for part in state)
    output, _ = own(inputs, first if cell == "lstm" else first[0])
    print(float(abs(output[-1] - found).max()))
"""


def test_the_cells_are_those_of_the_layers_of_torch(torch_python: Path) -> None:
    done = subprocess.run(
        [str(torch_python), "-B", "-c", LAYERS, PARENT], capture_output=True, text=True, check=False
    )
    errors = [float(line) for line in done.stdout.splitlines()]
    assert len(errors) == 3, done.stderr
    assert max(errors) < 1e-14


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_thread_that_was_asked_for_is_one_that_works(run, python: Path, framework: str) -> None:
    code, result, _ = run(python, framework, threads=1, matrix_size=1024, reps=15)
    assert (code, result["failure"]) == (0, None)
    assert result["threads"]["worked"] == 1
    assert thread_remarks(result) == []


def test_threads_other_than_asked_for_are_said(run, jax_python: Path) -> None:
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        pytest.skip("needs two CPUs: on one there is nothing to share")
    # as a service would that sets neither NPROC nor the CPUs
    code, result, _ = run(jax_python, "jax", threads=len(cpus), matrix_size=1500, reps=60)
    assert code == 0
    assert result["threads"]["worked"] > 1
    assert thread_remarks({"threads": {**result["threads"], "requested": 1, "cpus_used": 2.0}})
