from __future__ import annotations

from amun_statistics.summary import summarise_runs


def test_six_runs_have_an_interval() -> None:
    summary = summarise_runs([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert summary.runs == 6
    assert summary.median == 3.5
    assert summary.interval is not None
    assert (summary.interval.low, summary.interval.high) == (1.0, 6.0)
    assert summary.interval_absent_because is None
    assert (summary.minimum, summary.maximum) == (1.0, 6.0)
    assert summary.relative_spread == 2.5 / 3.5


def test_fewer_runs_say_why_there_is_none() -> None:
    summary = summarise_runs([2.0])
    assert (summary.median, summary.interval, summary.relative_spread) == (2.0, None, None)
    assert summary.interval_absent_because == (
        "1 run: an interval of the median at 95% needs at least 6"
    )
    assert summarise_runs([1.0] * 5, 0.99).interval_absent_because == (
        "5 runs: an interval of the median at 99% needs at least 8"
    )


def test_no_run_is_no_number() -> None:
    summary = summarise_runs([])
    assert (summary.runs, summary.median, summary.minimum, summary.maximum) == (0, None, None, None)
