"""Imports that are measured: the first in their process, checked to be it."""

from __future__ import annotations

import sys

import pytest

from pis import catalogue
from pis.import_time.fresh import FreshImport


def test_a_run_has_one_sample(drive) -> None:
    indicator = {"name": "import_time", "framework": "numpy", "parameters": {}}
    ended = drive(indicator=indicator)
    assert (ended.code, ended.result["failure"]) == (0, None)
    seconds = ended.result["runtime"]["import_seconds"]
    assert ended.result["samples"]["values"] == [seconds]
    assert ended.result["@result"] == {"elapsed": pytest.approx(seconds * 1e3)}
    assert ended.result["work"] is None
    assert ended.result["check"] == {"maximum_error": 0.0, "tolerance": 0.0, "passed": True}
    assert ended.result["name"] == "PiImport"
    assert ended.result["before"]["load_average"]
    assert ended.result["runtime"]["timer_resolution"] > 0


def test_a_framework_that_is_not_there(drive) -> None:
    indicator = {"name": "import_time", "framework": "torch", "parameters": {}}
    ended = drive(indicator=indicator)
    assert ended.code == 3
    assert ended.result["failure"]["reason"] == "import_failed"


def test_a_second_import_is_not_one() -> None:
    class Second(FreshImport):
        module = "json"

    assert "json" in sys.modules
    workload = Second({}, 0)
    workload.load()
    assert not workload.check().passed


def test_repetitions_are_refused() -> None:
    assert catalogue.check("import_time", "tensorflow", {"reps": 2})[1] == [
        ("reps", "2 is more than 1")
    ]
