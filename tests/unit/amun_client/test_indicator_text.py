"""Indicators as a person reads them."""

from __future__ import annotations

from typing import Any

import pytest

from amun_client import indicator_run, indicator_text
from amun_client.indicator_text import first_sentence, list_table
from amun_core.roofline import Roofline


@pytest.mark.parametrize(
    ("measures", "rows"),
    [
        ({"rate": 12.0}, [("rate", "12.00 GFLOPS")]),
        (
            {"rate": 1.5, "bandwidth": 18.0},
            [("rate", "1.500 GFLOPS"), ("bandwidth", "18.00 GB/s")],
        ),
        ({}, []),
    ],
)
def test_a_run(measures: dict[str, float], rows: list[tuple[str, str]]) -> None:
    result: dict[str, Any] = {
        "outcome": "completed",
        "component": "numpy",
        "runtime": {"python_version": "3.11.7", "component_version": "2.4.6"},
        "@parameters": {"reps": 1},
        "@result": {"elapsed": 250.0, **measures},
        "samples": {"values": [0.25], "warmups": 0},
        "peak_rss_bytes": 1024,
    }
    found = indicator_text.run_rows(result)
    assert [row for row in found if row[0] in ("rate", "bandwidth")] == rows
    assert ("parameters", "reps=1") in found


def test_a_roofline() -> None:
    found = dict(indicator_text.roofline_rows(Roofline(4.0, 100.0, 20.0, 0.25)))
    assert found["attainable"] == "5.000 GFLOPS, bound by the bandwidth of memory"
    assert (found["of the peak"], found["of the roofline"]) == ("4.00 %", "80.0 %")
    found = dict(indicator_text.roofline_rows(Roofline(14.7, 100.0, 4.0, 0.25)))
    assert found["of the roofline"].startswith("1470 %  (above what memory allows: ")
    found = dict(indicator_text.roofline_rows(Roofline(120.0, 100.0, 20.0, 25.0)))
    assert found["of the peak"].startswith("120 %  (above what the peak's run reached")
    assert found["of the roofline"].startswith("120 %  (above what the peak's run reached")
    found = dict(indicator_text.roofline_rows(Roofline(50.0, 100.0, 20.0, 25.0)))
    assert found["attainable"] == "100.0 GFLOPS, bound by the peak"


def test_the_list_has_one_sentence_each() -> None:
    assert first_sentence("Product of 2.5 matrices, e.g. two. Then more.") == (
        "Product of 2.5 matrices, e.g. two"
    )
    header, rows = list_table([{"name": "gemm", "frameworks": ["numpy"], "title": "PiGemm",
                                "summary": "C = op(A) op(B) with a batch. More."}])  # fmt: skip
    assert rows[0][header.index("what")] == "C = op(A) op(B) with a batch"


def test_no_indicator_of_ours_is_told_by_the_name_of_its_class() -> None:
    for one in indicator_run.catalogue():
        (row,) = list_table([one])[1]
        assert row[-1] != one["title"]
        assert len(row[-1].split()) > 3
