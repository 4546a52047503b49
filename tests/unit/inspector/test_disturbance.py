from __future__ import annotations

import os

import pytest

from inspector.disturbance import disturbances

HERTZ = os.sysconf("SC_CLK_TCK")


def surroundings(**seconds: float) -> dict:
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    return {"cpu_ticks": {name: int(seconds.get(name, 0) * HERTZ) for name in names}}


def test_a_run_alone_on_its_host_is_not_disturbed():
    after = surroundings(user=10, idle=10)
    assert disturbances(surroundings(), after, {"ru_utime": 9.9, "ru_stime": 0.1}) == []


def test_time_that_the_hypervisor_took_is_told():
    after = surroundings(user=9, idle=10, steal=1)
    assert disturbances(surroundings(), after, {"ru_utime": 9}) == [
        "the hypervisor took 5.0% of the CPU time"
    ]


def test_work_of_other_processes_is_told():
    after = surroundings(user=15, idle=5)
    assert disturbances(surroundings(), after, {"ru_utime": 10}) == [
        "other processes used 25.0% of the CPU time"
    ]


def test_a_quota_that_stopped_the_run_is_told():
    before = {"throttling": {"throttled_periods": 3}}
    after = {"throttling": {"throttled_periods": 7}}
    assert disturbances(before, after, {}) == ["the CPU quota stopped the run in 4 periods"]


@pytest.mark.parametrize("said", [{}, {"cpu_ticks": None}, {"cpu_ticks": []}, {"throttling": 3}])
def test_a_host_that_tells_nothing_disturbs_nothing(said):
    assert disturbances(said, said, {}) == []


def test_a_short_run_tells_nothing():
    after = surroundings(user=0.1, steal=0.1)
    assert disturbances(surroundings(), after, {}) == []
