from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.errors import InvalidResultError
from amun_core.result import (
    MAXIMUM_RESULT_BYTES,
    InspectionResult,
    ResultEngine,
    RunResult,
    parse_run_result,
)
from amun_core.states import FailureReason, InspectionState


def completed(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "amun.run/1",
        "outcome": "completed",
        "failure": None,
        "name": "PiMatmul",
        "component": "numpy",
        "@parameters": {"matrix_size": 4, "dtype": "float32"},
        "@result": {"rate": 1.0, "elapsed": 2.0},
        "samples": {"unit": "s", "values": [0.5, 0.25, 0.25], "warmups": 1, "loops": 1},
        "work": {"flops_per_iteration": 1e9, "formula": "2 n^3 - n^2"},
        "check": {"maximum_error": 0.0, "tolerance": 1e-4, "passed": True},
        "threads": {"requested": 2, "affinity": [0, 1], "pools": [{"library": "openblas"}]},
        "usage": {"ru_utime": 0.5},
        "peak_rss_bytes": 1000,
        "something_newer": [1],
        **changes,
    }


def parsed(**changes: Any) -> RunResult:
    return parse_run_result(json.dumps(completed(**changes)))


def faults(text: str | bytes) -> dict[str, str]:
    with pytest.raises(InvalidResultError) as caught:
        parse_run_result(text)
    return {fault.pointer: fault.message for fault in caught.value.faults}


def test_a_completed_run() -> None:
    result = parsed()
    assert result.series.measured == (0.25, 0.25)
    assert result.series.rate_gflops == 4.0
    assert result.published == {
        "name": "PiMatmul",
        "component": "numpy",
        "@parameters": {"matrix_size": 4, "dtype": "float32"},
        "@result": {"rate": 1.0, "elapsed": 2.0},
    }
    assert result.check is not None
    assert result.check.passed


def test_a_failed_run_says_why() -> None:
    result = parsed(
        outcome="failed",
        failure={"reason": "environment_changed", "message": "m", "differences": ["numpy: x"]},
        work=None,
    )
    assert result.failure is not None
    assert result.failure.reason is FailureReason.ENVIRONMENT_CHANGED
    assert result.failure.differences == ("numpy: x",)
    assert result.series.rate_gflops is None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"schema": "amun.run/2"}, "/schema"),
        ({"outcome": "fine"}, "/outcome"),
        ({"outcome": "failed"}, ""),
        ({"failure": {"reason": "import_failed"}}, ""),
        ({"failure": {"reason": "bad luck"}}, "/failure/reason"),
        ({"samples": {"values": [-1.0]}}, "/samples/values/0"),
        ({"samples": {"values": ["x"]}}, "/samples/values/0"),
        ({"samples": {"values": [1.0], "warmups": 2}}, ""),
        ({"samples": {"unit": "ms"}}, "/samples/unit"),
        ({"samples": {"loops": 0}}, "/samples/loops"),
        ({"check": {"maximum_error": "x"}}, "/check/maximum_error"),
        ({"usage": {"ru_utime": None}}, "/usage/ru_utime"),
        ({"peak_rss_bytes": -1}, "/peak_rss_bytes"),
        ({"@result": []}, "/@result"),
    ],
)
def test_what_is_no_result_is_refused_with_its_place(changes: dict[str, Any], pointer: str) -> None:
    assert list(faults(json.dumps(completed(**changes)))) == [pointer]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{", '{"a": NaN}', b"\xff\xfe", "[" * 100_000, "9" * 10_000, "\x00"],
)
def test_garbage_is_refused(text: str | bytes) -> None:
    assert "" in faults(text)


def test_every_fault_is_told() -> None:
    assert set(faults("{}")) == {"/schema", "/outcome"}


def test_numbers_beyond_a_float_are_refused() -> None:
    assert faults(json.dumps(completed()).replace("0.25", "1e999")) == {
        "/samples/values/1": "Input should be a finite number",
        "/samples/values/2": "Input should be a finite number",
    }


def test_size_is_bounded() -> None:
    assert list(faults(b" " * (MAXIMUM_RESULT_BYTES + 1))) == [""]


KEYS = st.sampled_from([*completed(), "values", "warmups", "reason", "differences"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(changes=st.dictionaries(KEYS, JSON, max_size=4))
def test_any_result_is_read_or_refused(changes: dict[str, Any]) -> None:
    refused: InvalidResultError | None = None
    try:
        parsed(**changes)
    except InvalidResultError as error:
        refused = error
    assert refused is None or refused.faults


def test_the_document_of_an_inspection_is_written_with_its_schema() -> None:
    document = InspectionResult(
        inspection_id="inspection-1",
        state=InspectionState.QUEUED,
        indicator=None,
        stack=None,
        engine=ResultEngine(chosen=None, why=None),
        environment=None,
        host=None,
        runs=(),
        summary=None,
    ).model_dump(mode="json", by_alias=True)
    assert document["schema"] == "amun.result/1"
    assert document["state"] == "queued"
