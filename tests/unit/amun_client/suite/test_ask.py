"""What is asked of an indicator on a framework, or why it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.suite.ask import Ask, asks, check
from amun_client.suite.choices import SuiteChoices
from pis import catalogue
from pis.suites import catalogue as suite_catalogue

SUITES = {one["name"]: one for one in suite_catalogue.suites()}
CATALOGUE = {one["name"]: one for one in catalogue.indicators()}


def asked(name: str, **chosen: Any) -> list[list[Ask]]:
    return asks(SUITES[name]["cases"], CATALOGUE, SuiteChoices(**chosen))


@pytest.mark.parametrize("name", sorted(SUITES))
@pytest.mark.parametrize(
    "framework", ["numpy", "scipy", "tensorflow", "torch", "jax", "onnxruntime"]
)
def test_what_is_asked_is_what_the_service_takes(name: str, framework: str) -> None:
    for found in asked(name, framework=framework):
        for ask in found:
            if ask.why_not is None:
                assert ask.indicator is not None
                _, faults = catalogue.check(ask.indicator, ask.framework, dict(ask.parameters))
                assert faults == []
                assert ask.held_bytes > 0


def test_layout_is_otherwise_where_the_framework_has_no_other() -> None:
    name = "deepbench.conv.inference.device"
    for framework, layout in (("torch", "NCHW"), ("tensorflow", "NHWC"), ("numpy", "NHWC")):
        (ask,) = asked(name, framework=framework)[0]
        assert ask.parameters["data_format"] == layout
        assert dict(ask.changed) == ({} if layout == "NCHW" else {"data_format": "NHWC"})


def test_phase_that_the_framework_lacks_says_so() -> None:
    forward, data, weights = asked("deepbench.conv.training", framework="numpy")[8]
    assert forward.why_not is None
    assert "first layer" in str(data.why_not)
    assert weights.why_not == "conv2d on numpy has no direction=backward_weights"
    _, data, _ = asked("deepbench.rnn.training", framework="numpy")[0]
    assert "forward pass alone" in str(data.why_not)


def test_dense_products_beside_scipy_are_those_of_numpy() -> None:
    sparse, dense = asked("deepbench.sparse.inference.device", framework="scipy")[0]
    assert (sparse.indicator, sparse.framework) == ("sparse_gemm", "scipy")
    assert (dense.indicator, dense.framework, dense.why_not) == ("gemm", "numpy", None)


def test_bytes_follow_type_and_processes() -> None:
    name = "deepbench.gemm.inference.device"
    (single,), (double,) = (
        asked(name, framework="numpy", dtype=dtype)[0] for dtype in ("float32", "float64")
    )
    assert single.held_bytes == 4 * (5124 * 2048 + 2048 * 700 + 5124 * 700)
    assert double.held_bytes == 2 * single.held_bytes
    two, four = (
        asked("deepbench.allreduce.training", framework="torch", processes=number)[0][0]
        for number in (2, 4)
    )
    assert two.parameters["processes"] == 2
    assert four.held_bytes == 2 * two.held_bytes


def test_only_the_phases_that_are_wanted() -> None:
    found = asked("deepbench.conv.training", framework="torch", phases=("backward_weights",))
    assert {ask.phase for one in found for ask in one} == {"backward_weights"}


@pytest.mark.parametrize(
    ("name", "chosen", "message"),
    [
        ("deepbench.gemm.training", {"framework": "torhc"}, "Did you mean 'torch'"),
        ("deepbench.gemm.training", {"framework": "numpy", "dtype": "int4"}, "no 'int4'"),
        ("deepbench.gemm.training", {"framework": "numpy", "device": "cuda"}, "no 'cuda'"),
        ("deepbench.conv.training", {"framework": "torch", "phases": ("fwd",)}, "no phase 'fwd'"),
        ("deepbench.allreduce.training", {"framework": "numpy"}, "no framework 'numpy'"),
    ],
)
def test_what_does_not_exist_is_refused(name: str, chosen: Any, message: str) -> None:
    with pytest.raises(UsageFaultError, match=message):
        check(SUITES[name], CATALOGUE, SuiteChoices(**chosen))


def test_missing_indicator_names_those_that_there_are() -> None:
    known = {name: one for name, one in CATALOGUE.items() if name != "gemm"}
    with pytest.raises(UsageFaultError, match="needs the indicator gemm") as refused:
        check(SUITES["deepbench.gemm.training"], known, SuiteChoices(framework="numpy"))
    assert "conv2d" in str(refused.value.hint)
