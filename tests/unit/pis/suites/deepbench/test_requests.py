"""Problems in the words of the indicators: the same problem, the same work."""

from __future__ import annotations

from typing import Any

import pytest

from pis import catalogue
from pis.suites import deepbench
from pis.suites.deepbench import requests

SUITES = {suite.name: suite.document() for suite in deepbench.SUITES}
FREE = {"dtype", "device", "reps", "batch", "processes"}


def requested(kernel: str) -> list[tuple[dict[str, Any], dict[str, Any], bool]]:
    return [
        (phase["request"], phase, "training" in name)
        for name, suite in SUITES.items()
        if suite["kernel"] == kernel
        for case in suite["cases"]
        for phase in case["phases"]
        if phase["request"]
    ]


@pytest.mark.parametrize(
    ("kernel", "framework", "count"),
    [("gemm", "numpy", 248), ("conv", "torch", 94 * 3 - 10 + 107 + 16), ("rnn", "numpy", 125)],
)
def test_indicator_counts_the_work_of_the_case(kernel: str, framework: str, count: int) -> None:
    asked = requested(kernel)
    assert len(asked) == count
    work = {name: catalogue.declaration(name).work for name in ("gemm", "conv2d", "rnn")}
    for request, phase, training in asked:
        name = request["indicator"]
        values, faults = catalogue.check(name, framework, request["parameters"])
        assert faults == []
        counted = work[name]
        assert counted is not None
        if kernel == "rnn" and not training and values["cell"] != "vanilla":
            # the sheets of inference count T N H more, the indicator goes by those of training
            more = values["time_steps"] * values["batch"] * values["hidden_size"]
            assert counted(values) + more == phase["flop"]
        else:
            assert counted(values) == phase["flop"]


@pytest.mark.parametrize("kernel", ["gemm", "conv"])
def test_requests_leave_nothing_to_defaults(kernel: str) -> None:
    for request, _, _ in requested(kernel)[:1]:
        declared = {one.name for one in catalogue.declaration(request["indicator"]).parameters}
        assert declared - set(request["parameters"]) <= FREE


def test_product_by_columns_is_the_transposed_one_by_rows() -> None:
    case = {"m": 5, "n": 3, "k": 7, "transpose_a": True, "transpose_b": False}
    found = requests.gemm(case)
    assert found.parameters == {"m": 3, "n": 5, "k": 7, "transpose_a": False, "transpose_b": True}
    assert found.elements == 5 * 7 + 7 * 3 + 5 * 3


def test_first_layer_has_no_gradient_of_its_data() -> None:
    case = SUITES["deepbench.conv.training"]["cases"][0]
    asked = {phase["name"]: phase["request"] for phase in case["phases"]}
    assert asked["backward_data"] is None
    assert asked["forward"]["parameters"]["direction"] == "forward"
    assert asked["backward_weights"]["parameters"]["direction"] == "backward_weights"
    assert asked["forward"]["parameters"]["strides"] == 2


def test_unequal_strides_are_refused() -> None:
    case = dict(SUITES["deepbench.conv.training"]["cases"][0]["parameters"], stride_w=8)
    with pytest.raises(ValueError, match="two"):
        requests.convolution(case, "forward")


def test_numbers_held_and_moved() -> None:
    lstm = requests.recurrence({"cell": "lstm", "hidden": 4, "batch": 2, "timesteps": 3})
    assert lstm.elements == 4 * 16 + 4 * 3 * 2 * 4 + 2 * 2 * 4
    assert lstm.moved == 3 * 4 * 16 + 4 * 3 * 2 * 4
    sparse = requests.sparse({"m": 10, "n": 2, "k": 10, "sparsity": 0.9})
    assert sparse.moved == 2 * 10 + 20 + 20
    assert sparse.elements == sparse.moved + 100


def test_every_indicator_of_a_suite_is_calibrated() -> None:
    for suite in SUITES.values():
        asked = {
            phase["request"]["indicator"]
            for case in suite["cases"]
            for phase in case["phases"]
            if phase["request"]
        }
        calibrated = {one["request"]["indicator"] for one in suite["calibrations"]}
        assert asked == calibrated
