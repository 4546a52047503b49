"""The checks of the indicators see one wrong number, and the switches of TF32 are real ones."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pis import catalogue

pytestmark = [pytest.mark.framework, pytest.mark.network]

FRAMEWORKS = ["jax", "tensorflow", "torch"]
PARENT = str(Path(catalogue.folder()).parent)

CORRUPTED = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pis import catalogue

def corrupted(result, framework):
    "A copy of the result in which the last number is another one."
    if framework == "torch":
        copy = result.clone()
        copy[(-1,) * copy.dim()] += 1
        return copy
    if framework == "jax":
        return result.at[(-1,) * result.ndim].add(1)
    import tensorflow
    copy = result.numpy()
    copy[(-1,) * copy.ndim] += 1
    return tensorflow.constant(copy)

for name, framework, parameters in json.load(sys.stdin):
    workload = catalogue.workload(name, framework)(parameters, 1)
    workload.load()
    workload.prepare()()
    right = workload.check()
    if name == "stream_triad" and framework != "tensorflow":
        step = workload.step
        def wrong():
            step()
            workload.a = corrupted(workload.a, framework)
        workload.step = wrong
    else:
        result = corrupted(workload.step(), framework)
        workload.step = lambda: result
    print(json.dumps([right.passed, workload.check().passed]))
"""


@pytest.fixture
def python(request: pytest.FixtureRequest, framework: str) -> Path:
    found: Path = request.getfixturevalue(f"{framework}_python")
    return found


def answers(python: Path, program: str, given: Any) -> list[Any]:
    """What a program prints, line by line, as JSON."""
    done = subprocess.run(
        [str(python), "-B", "-c", program, PARENT],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        env={"TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_wrong_number_is_seen(python: Path, framework: str) -> None:
    image = {"batch": 2, "input_height": 9, "input_width": 13, "input_channels": 3}
    cases = [
        ("matmul", {"matrix_size": 40}),
        ("matmul", {"matrix_size": 40, "dtype": "int8"}),
        ("gemm", {"m": 9, "n": 8, "k": 17, "transpose_b": True}),
        ("gemm", {"m": 9, "n": 8, "k": 17, "dtype": "int8", "transpose_a": True}),
        ("conv1d", {}),
        *[
            ("conv2d", {**image, "direction": direction})
            for direction in ("forward", "backward_data", "backward_weights")
        ],
        *[("rnn", {"cell": cell, "hidden_size": 24}) for cell in ("vanilla", "lstm", "gru")],
        ("sparse_gemm", {"m": 40, "n": 3, "k": 30}),
        ("sparse_gemm", {"m": 40, "n": 1, "k": 30}),
        ("stream_triad", {"elements": 1000}),
        ("peak", {"largest": 64}),
    ]
    settled = []
    for name, parameters in cases:
        values, faults = catalogue.check(name, framework, parameters)
        assert faults == []
        settled.append((name, framework, values))
    found = answers(python, CORRUPTED, settled)
    assert len(found) == len(cases)
    for case, (right, wrong) in zip(cases, found, strict=True):
        assert (right, wrong) == (True, False), case


SUM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pis import catalogue
for place in json.load(sys.stdin):
    workload = catalogue.workload("allreduce", "torch")({"num_floats": 500, "processes": 2}, 1)
    workload.load()
    step = workload.prepare()
    step()
    if place is not None:
        def wrong():
            step()
            workload._vector[place] *= 1.01
        workload.step = wrong
    print(json.dumps(workload.check().passed))
    import torch
    torch.distributed.destroy_process_group()
"""


def test_one_wrong_sum_is_seen(torch_python: Path) -> None:
    assert answers(torch_python, SUM, [None, 0, 499]) == [True, False, False]


SWITCH = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pis import catalogue
for name, framework, dtype in json.load(sys.stdin):
    workload = catalogue.workload(name, framework)({"dtype": dtype, "device": "cuda"}, 1)
    module = workload.load()
    # no GPU is needed for this: the switch is there in every build
    workload._choose_precision()
    if framework == "torch":
        part = module.backends.cudnn if name == "conv2d" else module.backends.cuda.matmul
        flag = part.allow_tf32
    elif framework == "jax":
        flag = module.config.jax_default_matmul_precision == "tensorfloat32"
    else:
        flag = module.config.experimental.tensor_float_32_execution_enabled()
    print(json.dumps([flag, workload.arithmetic()]))
"""


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", ["matmul", "conv2d"])
def test_the_switch_of_tf32(python: Path, framework: str, name: str) -> None:
    asked = [(name, framework, dtype) for dtype in ("tf32", "float32", "tf32")]
    assert answers(python, SWITCH, asked) == [
        [True, "tf32"],
        [False, "float32"],
        [True, "tf32"],
    ]
