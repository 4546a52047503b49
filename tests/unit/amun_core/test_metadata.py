from __future__ import annotations

from typing import Any

import pytest

from amun_core.metadata import FACTS, check_facts


def test_facts_of_a_run_are_registered() -> None:
    facts = {
        "threads": {"requested": 2, "affinity": [0, 1], "pools": [{"library": "mkl"}]},
        "check": {"maximum_error": 0.0, "tolerance": 1e-4, "passed": True},
        "runtime": {"python_version": "3.11.2", "import_seconds": 0.1},
        "before": {"load_average": [0.1, 0.2, 0.3], "cpu_mhz": None, "temperature_celsius": -3.0},
        "after": None,
        "framework": {"whatever": object()},
        "usage": {"ru_utime": 1.0},
        "peak_rss_bytes": 5,
        "work": {"flops_per_iteration": 2e7, "bytes_per_iteration": 2.4e8, "formula": "2 n"},
    }
    assert check_facts(facts) == ()


@pytest.mark.parametrize(
    ("facts", "pointer", "message"),
    [
        ({"x": 1}, "/x", "not a registered fact of a run"),
        ({"threads": {"x": 1}}, "/threads/x", "not a registered fact of a run"),
        ({"threads": 3}, "/threads", "not a registered fact of a run"),
        (
            {"threads": {"requested": -1}},
            "/threads/requested",
            "whole number from 0 is expected, not -1",
        ),
        (
            {"threads": {"requested": True}},
            "/threads/requested",
            "whole number from 0 is expected, not true",
        ),
        (
            {"runtime": {"import_seconds": float("nan")}},
            "/runtime/import_seconds",
            "number from 0 is expected, not nan",
        ),
        ({"check": {"passed": 1}}, "/check/passed", "boolean is expected, not 1"),
        ({"before": {"load_average": ["x"]}}, "/before/load_average", "numbers is expected, not an array"),
        ({"threads": {"pools": [1]}}, "/threads/pools", "objects is expected, not an array"),
        ({"name": 1}, "/name", "text is expected, not 1"),
    ],
)  # fmt: skip
def test_what_is_not_registered_or_of_another_type(
    facts: dict[str, Any], pointer: str, message: str
) -> None:
    assert [(fault.pointer, fault.message) for fault in check_facts(facts)] == [(pointer, message)]


def test_memory_traffic_is_in_bytes() -> None:
    assert FACTS["work.bytes_per_iteration"].unit == "bytes"
    (fault,) = check_facts({"work": {"bytes_per_iteration": -1.0}})
    assert fault.pointer.endswith("bytes_per_iteration")
    assert fault.message == "number from 0 is expected, not -1.0"


@pytest.mark.parametrize("key", [key for key in FACTS if key.endswith(("_seconds", "_bytes"))])
def test_a_unit_in_a_name_is_the_unit_of_the_fact(key: str) -> None:
    assert FACTS[key].unit == {"seconds": "s", "bytes": "bytes"}[key.rsplit("_", 1)[1]]
