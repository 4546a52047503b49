"""Our operation counts beside those of the frameworks' own profilers, with every difference named.

| profiler | counts otherwise |
|---|---|
| PyTorch, FlopCounterMode | nothing but products and convolutions: no addition of a vanilla cell |
| TensorFlow, float_operation | backward passes by input / strides positions; no bodies of loops |
| XLA, cost_analysis | no taps on padding; elementwise operations too; bodies of loops once |

`matmul` counts 2 n^3 - n^2, as its study did; all three count 2 n^3.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pis import catalogue, work
from pis.convolution.geometry import geometry

pytestmark = [pytest.mark.framework, pytest.mark.network]

PARENT = str(Path(catalogue.folder()).parent)
SMALL = {"batch": 2, "input_height": 20, "input_width": 13, "input_channels": 3}
GEMM = {"m": 33, "n": 17, "k": 41}

BY_TORCH = """
import json, sys
sys.path.insert(0, sys.argv[1])
from torch.utils.flop_counter import FlopCounterMode
from pis import catalogue
for name, parameters in json.load(sys.stdin):
    workload = catalogue.workload(name, "torch")(parameters, 4)
    workload.load()
    step = workload.prepare()
    with FlopCounterMode(display=False) as counter:
        step()
    print(counter.get_total_flops())
"""

BY_TENSORFLOW = """
import json, sys
sys.path.insert(0, sys.argv[1])
import tensorflow as tf
from pis import catalogue
profiler = tf.compat.v1.profiler
for name, parameters in json.load(sys.stdin):
    workload = catalogue.workload(name, "tensorflow")(parameters, 4)
    workload.load()
    step = workload.prepare()
    graph = tf.function(step).get_concrete_function().graph
    options = profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    print("operations", profiler.profile(graph, options=options).total_float_ops)
"""

BY_XLA = """
import json, sys
sys.path.insert(0, sys.argv[1])
import jax
from pis import catalogue
for name, parameters in json.load(sys.stdin):
    workload = catalogue.workload(name, "jax")(parameters, 4)
    workload.load()
    def counted(operation, *arrays):
        costs = jax.jit(operation).lower(*arrays).compile().cost_analysis()
        print(int((costs[0] if isinstance(costs, list) else costs)["flops"]))
    workload.timed = counted
    workload.prepare()
"""

Case = tuple[str, dict[str, Any]]


def settled(cases: list[Case], framework: str) -> list[Case]:
    found = []
    for name, given in cases:
        values, faults = catalogue.check(name, framework, given)
        assert faults == []
        found.append((name, values))
    return found


def counted(python: Path, program: str, framework: str, cases: list[Case]) -> list[int]:
    done = subprocess.run(
        [str(python), "-B", "-c", program, PARENT],
        input=json.dumps(settled(cases, framework)),
        capture_output=True,
        text=True,
        check=False,
        env={"TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    numbers = [int(line.split()[-1]) for line in done.stdout.splitlines() if line[-1].isdigit()]
    assert len(numbers) == len(cases), done.stderr[-2000:]
    return numbers


def ours(cases: list[Case], framework: str) -> list[int]:
    counts = []
    for name, values in settled(cases, framework):
        count = catalogue.declaration(name).work
        assert count is not None
        counts.append(count(values))
    return counts


def on_padding(values: dict[str, Any]) -> int:
    """Operations of the taps that lie on padding, counted one after the other."""
    shape, taps = geometry(values), 0
    for row in range(shape.output[0]):
        for column in range(shape.output[1]):
            for down in range(shape.filter[0]):
                for right in range(shape.filter[1]):
                    y = row * shape.strides[0] + down - shape.before[0]
                    x = column * shape.strides[1] + right - shape.before[1]
                    taps += not (0 <= y < shape.size[0] and 0 <= x < shape.size[1])
    return 2 * taps * shape.batch * shape.channels * shape.filters


CONVOLUTIONS: list[Case] = [
    ("conv2d", SMALL),
    ("conv2d", {**SMALL, "padding": "VALID", "strides": 1}),
    ("conv2d", {**SMALL, "padding": "EXPLICIT", "pad_width": 3, "strides": 3}),
    ("conv1d", {}),
    ("conv1d", {"padding": "VALID", "strides": 3}),
]
PRODUCTS: list[Case] = [
    ("gemm", GEMM),
    ("gemm", {**GEMM, "transpose_a": True}),
    ("gemm", {**GEMM, "batch": 3, "transpose_b": True}),
]
BACKWARD: list[Case] = [
    ("conv2d", {**SMALL, "direction": direction, "strides": strides})
    for direction in ("backward_data", "backward_weights")
    for strides in (1, 2)
]


def test_torch(torch_python: Path) -> None:
    cases = [*CONVOLUTIONS, *PRODUCTS, *BACKWARD]
    cases += [("rnn", {"cell": cell, "hidden_size": 24}) for cell in ("lstm", "gru")]
    assert counted(torch_python, BY_TORCH, "torch", cases) == ours(cases, "torch")


def test_torch_counts_no_additions_of_vectors(torch_python: Path) -> None:
    cases: list[Case] = [("rnn", {"cell": "vanilla", "hidden_size": 24, "batch": 3})]
    (found,), (expected,) = counted(torch_python, BY_TORCH, "torch", cases), ours(cases, "torch")
    assert expected - found == 25 * 3 * 24  # T N H


def test_tensorflow(tensorflow_python: Path) -> None:
    cases = [*CONVOLUTIONS, *PRODUCTS]
    assert counted(tensorflow_python, BY_TENSORFLOW, "tensorflow", cases) == ours(
        cases, "tensorflow"
    )


def test_tensorflow_takes_the_strides_of_a_gradient_for_a_divisor(tensorflow_python: Path) -> None:
    found = counted(tensorflow_python, BY_TENSORFLOW, "tensorflow", BACKWARD)
    expected = ours(BACKWARD, "tensorflow")
    # as many outputs as pixels: nothing to divide
    assert found[::2] == expected[::2]
    # 20 x 13 pixels over 2 x 2 are 65 positions, where there are 10 x 7 outputs
    assert [count * 70 for count in found[1::2]] == [count * 65 for count in expected[1::2]]


def test_xla(jax_python: Path) -> None:
    cases = [*CONVOLUTIONS, *PRODUCTS]
    cases += [(name, {**given, "padding": "VALID"}) for name, given in BACKWARD]
    skipped = [
        on_padding(values) if name.startswith("conv") else 0
        for name, values in settled(cases, "jax")
    ]
    assert sum(skipped) > 0
    found = counted(jax_python, BY_XLA, "jax", cases)
    assert [a + b for a, b in zip(found, skipped, strict=True)] == ours(cases, "jax")


@pytest.mark.parametrize("cell", ["vanilla", "lstm", "gru"])
def test_xla_counts_what_is_between_the_products_too(jax_python: Path, cell: str) -> None:
    sizes = (24, 48, 96)
    cases: list[Case] = [
        ("rnn", {"cell": cell, "hidden_size": size, "batch": 3, "time_steps": 1}) for size in sizes
    ]
    found = counted(jax_python, BY_XLA, "jax", cases)
    rest = [
        count - 2 * work.GATES[cell] * 3 * size**2 for count, size in zip(found, sizes, strict=True)
    ]
    # elementwise operations grow with the state, products with its square
    assert rest[0] > 0
    assert [each / size for each, size in zip(rest, sizes, strict=True)] == [rest[0] / 24] * 3


@pytest.mark.parametrize("framework", ["jax", "tensorflow", "torch"])
def test_the_study_counted_no_sum_with_zero(request: pytest.FixtureRequest, framework: str) -> None:
    program = {"jax": BY_XLA, "tensorflow": BY_TENSORFLOW, "torch": BY_TORCH}[framework]
    python = request.getfixturevalue(f"{framework}_python")
    cases: list[Case] = [("matmul", {"matrix_size": 32})]
    (found,), (expected,) = counted(python, program, framework, cases), ours(cases, framework)
    assert (found, expected) == (2 * 32**3, 2 * 32**3 - 32**2)
