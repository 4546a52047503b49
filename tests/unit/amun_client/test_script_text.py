"""What a person reads of a script's result: what was run, its unit or none, never GFLOPS."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from amun_client.explanations import SCRIPT_SHAPE, explanation
from amun_client.result_text import result_rows, run_table
from amun_client.script_text import rate_column
from amun_client.submission import script_without_stack
from amun_client.sweep.export import Rows, csv_text, rows_of
from amun_client.sweep.text import result_table
from pis import printed

SUMMARY = {
    "runs": 6, "median_rate_gflops": 17.64, "rate_interval": (17.0, 18.0),
    "median_elapsed_s": 0.5, "elapsed_interval": None, "confidence": 0.95,
    "interval_absent_because": None, "relative_spread": None, "minimum_elapsed_s": None,
    "maximum_elapsed_s": None, "peak_rss_bytes": None,
}  # fmt: skip
SCRIPT = {
    "name": "prog2.py", "reported_name": "PiMine", "component": "pandas",
    "parameters": {"n": 3}, "timing": "own", "user_s": 0.4, "system_s": 0.1,
}  # fmt: skip


def rows(unit: str | None, **script: Any) -> dict[str, str]:
    result = {
        "inspection_id": "inspection-1", "state": "succeeded", "summary": SUMMARY,
        "rate_unit": unit, "script": {**SCRIPT, **script}, "runs": [],
    }  # fmt: skip
    return dict(result_rows(result))


def test_a_result_says_what_was_run_in_its_own_unit() -> None:
    found = rows("passes/s")
    assert found["script"] == "prog2.py (PiMine on pandas, n=3)"
    assert found["median rate"] == "17.64 passes/s  95 % interval [17.00, 18.00]  n=6"
    assert "CPU time" not in found


def test_without_a_unit_none_is_invented() -> None:
    assert rows(None)["median rate"] == "17.64  95 % interval [17.00, 18.00]  n=6"


def test_a_whole_process_says_so_with_its_cpu_time() -> None:
    found = rows(None, timing="whole_process", reported_name=None, component=None)
    assert found["script"].startswith("prog2.py, timed as a whole process")
    assert found["CPU time"] == "400.0 ms user, 100.0 ms system"


@pytest.mark.parametrize(
    ("unit", "column"),
    [("GFLOPS", "rate_gflops"), ("passes/s", "rate (passes/s)"), (None, "rate")],
)
def test_the_table_of_runs_names_the_unit(unit: str | None, column: str) -> None:
    assert rate_column(unit) == column
    assert run_table([], unit)[0][1] == column


def sweep(unit: str | None) -> dict[str, Any]:
    member = {
        "name": "a 1", "index": 0, "state": "succeeded", "is_reference": True, "pins": {"a": "1"},
        "inspection_id": "i", "stack_digest": "d", "runs": {"accepted": 1}, "median_s": 0.5,
        "low_s": None, "high_s": None, "median_rate_gflops": 17.64, "rate_unit": unit,
        "peak_rss_bytes": 1, "disturbed_runs": 0, "contrast": None, "failure": None,
    }  # fmt: skip
    run = {
        "member": 0, "inspection_id": "i", "round": 0, "position": 0, "run_index": 0,
        "elapsed_s": 0.5, "rate_gflops": 17.64, "rate_unit": unit, "log_ratio": None, "wall_s": 1.0,
        "peak_rss_bytes": 1, "disturbed": [], "started_at": "", "ended_at": "",
    }  # fmt: skip
    return {"members": [member], "runs": [run]}


@pytest.mark.parametrize("kind", list(Rows))
@pytest.mark.parametrize("unit", ["GFLOPS", "passes/s", None])
def test_no_column_of_a_sweep_calls_another_unit_gflops(kind: Rows, unit: str | None) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_text(rows_of(sweep(unit), kind))))
    names = [name for name in row if name.endswith("gflops")]
    assert bool(names) is (unit == "GFLOPS")
    if unit != "GFLOPS":
        assert row["rate_unit"] == (unit or "")
    header = result_table(sweep(unit))[0]
    assert {"GFLOPS": "gflops", None: "rate"}.get(unit, unit) in header


def test_the_shape_is_explained_as_the_run_tells_it() -> None:
    assert SCRIPT_SHAPE == printed.SHAPE
    page = explanation("script_output_invalid")
    assert page is not None
    assert SCRIPT_SHAPE in page.text
    assert "whole process" in page.text


@pytest.mark.parametrize(
    ("specification", "bare"),
    [
        ({"script": "x"}, True),
        ({"script": "x", "python": {}}, True),
        ({"script": "x", "python": {"lock": {"content": ""}}}, False),
        ({"script": "x", "python": {"requirements_locked": {"default": {}}}}, False),
        ({"script": "x", "base": "image"}, False),
        ({"indicator": {"name": "m"}}, False),
    ],
)
def test_a_script_without_a_stack_is_seen(specification: dict[str, Any], bare: bool) -> None:
    assert script_without_stack(specification) is bare
