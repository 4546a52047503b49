"""The summary over runs."""

from __future__ import annotations

import pytest

from amun_api.v1.results import summary
from tests.factories import run_record


def runs(count, **changes):
    return [
        run_record(index, elapsed_seconds=1.0 + index, rate_gflops=10.0 / (1.0 + index), **changes)
        for index in range(count)
    ]


@pytest.mark.parametrize("count", [1, 5])
def test_fewer_than_six_runs_have_no_interval_and_say_why(count):
    made = summary(runs(count))
    assert made["elapsed_interval"] is None
    assert made["rate_interval"] is None
    assert "6" in made["interval_absent_because"]
    assert made["runs"] == count


def test_six_runs_have_the_interval_from_the_least_to_the_greatest():
    made = summary(runs(6))
    assert made["elapsed_interval"] == (1.0, 6.0)
    assert made["rate_interval"] == (pytest.approx(10.0 / 6.0), 10.0)
    assert made["median_elapsed_s"] == 3.5
    assert (made["minimum_elapsed_s"], made["maximum_elapsed_s"]) == (1.0, 6.0)
    assert made["relative_spread"] == pytest.approx(2.5 / 3.5)
    assert made["interval_absent_because"] is None


def test_runs_without_a_time_still_count():
    made = summary([run_record(0, elapsed_seconds=None, rate_gflops=None, peak_rss_bytes=7)])
    assert made["runs"] == 1
    assert made["median_elapsed_s"] is None
    assert made["peak_rss_bytes"] == 7
