from __future__ import annotations

from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.precision_text import (
    parse_precision,
    parse_time_limit,
    precision_rows,
    progress_text,
    steady_text,
)

PRECISION: dict[str, Any] = {
    "goal": 0.02,
    "half_width": 0.0178,
    "precision_reached": True,
    "stopped_by": "target",
    "why": "the interval was as narrow as asked for",
    "runs": 21,
    "seconds": 74.25,
    "iterations": {"count": 287, "chosen_by": "levels", "why": "a formula"},
}


@pytest.mark.parametrize("text", ["2%", "2 %", " 2% ", "0.02", "2.0%"])
def test_a_precision_is_a_part_of_the_median(text: str) -> None:
    assert parse_precision(text) == pytest.approx(0.02)


@pytest.mark.parametrize("text", ["", "%", "2", "0", "100%", "-1%", "two", "nan", "2%%x"])
def test_what_is_no_precision_is_refused(text: str) -> None:
    with pytest.raises(UsageFaultError, match="--precision"):
        parse_precision(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300", 300), ("90s", 90), ("5m", 300), ("1.5 h", 5400), ("2min", 120), ("0.2s", 1)],
)
def test_times_are_whole_seconds(text: str, seconds: int) -> None:
    assert parse_time_limit(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "m", "5 days", "-3"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageFaultError, match="--max-time"):
        parse_time_limit(text)


def test_progress_names_runs_width_and_goal() -> None:
    assert progress_text({**PRECISION, "runs": 37}) == "37 runs, ±1.8 % (goal 2 %)"
    assert progress_text({**PRECISION, "runs": 1, "half_width": None}) == "1 run (goal 2 %)"


def test_rows_say_honestly_what_was_reached() -> None:
    assert precision_rows(PRECISION) == [
        (
            "precision",
            f"±1.8 % (goal 2 %), reached; stopped after 21 runs, 1 min 14 s: {PRECISION['why']}",
        ),
        ("iterations", "287 in a later run: a formula"),
    ]
    missed = {
        **PRECISION,
        "half_width": 0.114,
        "precision_reached": False,
        "why": "the time that was allowed was spent",
        "iterations": None,
    }
    [(_, text)] = precision_rows(missed)
    assert text.startswith("±11 % (goal 2 %), not reached; stopped after 21 runs")
    ended_early = {**missed, "half_width": None, "stopped_by": None, "why": None}
    assert precision_rows(ended_early) == [("precision", "no interval (goal 2 %), not reached")]


def test_kinds_of_runs_are_counted() -> None:
    counted = {"none": 1, "flat": 4, "warmup": 1, "slowdown": 2}
    assert steady_text(counted) == (
        "4 flat, 1 with a warm-up, 2 that slowed down, 1 without a steady state"
    )
    assert steady_text({}) == ""
