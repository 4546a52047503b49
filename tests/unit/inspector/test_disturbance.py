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


def pressed(seconds: float, **waited: float) -> tuple[dict, dict]:
    return (
        {"uptime_seconds": 100.0, "pressure_seconds": dict.fromkeys(waited, 5.0)},
        {
            "uptime_seconds": 100.0 + seconds,
            "pressure_seconds": {name: 5.0 + value for name, value in waited.items()},
        },
    )


@pytest.mark.parametrize(
    ("waited", "told"),
    [
        ({"cpu": 3.0}, ["work waited for a CPU in 30.0% of the time"]),
        ({"memory": 0.5}, ["work waited for memory in 5.0% of the time"]),
        ({"io": 2.0, "cpu": 1.0}, ["work waited for a disk in 20.0% of the time"]),
        ({"cpu": 1.0, "memory": 0.05, "io": 0.5}, []),
    ],
)
def test_time_in_which_work_waited_is_told(waited, told):
    assert disturbances(*pressed(10.0, **waited), {}) == told


def test_pressure_in_a_short_run_or_without_a_clock_tells_nothing():
    assert disturbances(*pressed(0.2, cpu=0.2), {}) == []
    before, after = pressed(10.0, cpu=9.0)
    del after["uptime_seconds"]
    assert disturbances(before, after, {}) == []


def test_a_fall_of_the_frequency_is_told():
    assert disturbances({"cpu_mhz": 3000.0}, {"cpu_mhz": 2400.0}, {}) == [
        "the frequency of the CPUs fell from 3000 to 2400 MHz"
    ]
    assert disturbances({"cpu_mhz": 3000.0}, {"cpu_mhz": 2800.0}, {}) == []
    assert disturbances({"cpu_mhz": 1200.0}, {"cpu_mhz": 3000.0}, {}) == []


def test_heat_is_told():
    after = {"thermal_throttles": 5, "temperature_celsius": 93.0}
    assert disturbances({"thermal_throttles": 3}, after, {}) == [
        "the CPU slowed itself for heat 2 times",
        "the hottest sensor showed 93 degrees Celsius",
    ]
    assert disturbances({"thermal_throttles": 5}, {**after, "temperature_celsius": 60.0}, {}) == []
