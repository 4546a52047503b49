"""Inspections as a person reads them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from amun_client.inspection_text import inspection_rows, list_table

ATTEMPT: dict[str, Any] = {
    "kind": "build",
    "number": 3,
    "worker": "builder-1",
    "started_at": "2030-01-01T12:00:00Z",
    "ended_at": "2030-01-01T12:00:02Z",
    "outcome": "crashed",
    "failure": None,
    "crash_message": "OSError: no space left",
}


def test_a_crash_is_printed_with_what_went_wrong(shapes: ModuleType) -> None:
    one = shapes.inspection("crashed", crash_message="OSError: no space left", attempts=[ATTEMPT])
    rows = dict(inspection_rows(one))
    assert rows["crash"] == "OSError: no space left"
    assert "failure" not in rows
    assert rows["attempt"].startswith("build 3 by builder-1: crashed (")
    assert rows["attempt"].endswith("): OSError: no space left")


def test_without_a_crash_nothing_is_said_of_one(shapes: ModuleType) -> None:
    older = shapes.inspection("failed", failure=shapes.FAILURE)
    del older["crash_message"]
    for one in (older, shapes.inspection("queued")):
        assert "crash" not in dict(inspection_rows(one))
    attempt = {**ATTEMPT, "failure": shapes.FAILURE, "crash_message": None, "outcome": "failed"}
    rows = dict(inspection_rows(shapes.inspection("failed", attempts=[attempt])))
    assert rows["attempt"].endswith(f": {shapes.FAILURE['message']}")


def test_a_list_tells_what_was_measured_of_which_stack(shapes: ModuleType) -> None:
    figures = {
        "median_s": 0.00135,
        "median_rate": 198.8,
        "rate_unit": "GFLOPS",
        "parameters": {"matrix_size": 512},
        "packages": {"numpy": "2.3.5", "six": "1.17"},
    }
    header, (row, older) = list_table(
        [shapes.inspection("succeeded", 6, figures=figures), shapes.inspection("queued")]
    )
    told = dict(zip(header, row, strict=True))
    assert told["stack"] == "numpy 2.3.5 +1"
    assert (told["median"], told["rate"]) == ("1.350 ms", "198.8 GFLOPS")
    assert told["parameters"] == "matrix_size=512"
    # a service of before tells none of it
    assert dict(zip(header, older, strict=True))["stack"] == "0123456789"
