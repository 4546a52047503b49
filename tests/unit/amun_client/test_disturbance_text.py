"""Signs of disturbance in short: every sign that the inspector makes has its flag."""

from __future__ import annotations

import os

import pytest

from amun_client.disturbance_text import flags
from inspector.disturbance import disturbances

HERTZ = os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ([], "-"),
        (["work waited for a CPU in 45.2% of the time"], "cpu 45 %"),
        (["run 13 of b: work waited for a CPU in 92.9% of the time"], "cpu 93 %"),
        (["the hypervisor took 2.1% of the CPU time"], "steal 2 %"),
        (["run 7 of a: work waited for memory in 3.0% of the time"], "memory 3 %"),
        (["work waited for a disk in 12.0% of the time"], "disk 12 %"),
        (["the CPU quota stopped the run in 7 periods"], "quota 7x"),
        (["the frequency of the CPUs fell from 3000 to 2100 MHz"], "frequency 2100 MHz"),
        (["the CPU slowed itself for heat 4 times"], "heat 4x"),
        (["the hottest sensor showed 93 degrees Celsius"], "hot 93 C"),
        (["something of a later release, 5 times"], "other"),
        # kept by releases that did not bound it
        (["run 13 of b: work waited for a CPU in 100.9% of the time"], "cpu 100 %"),
    ],
)
def test_each_sign_has_a_flag(signs: list[str], expected: str) -> None:
    assert flags(signs) == expected


def test_a_block_tells_each_kind_once_with_its_largest_figure() -> None:
    block = [
        "run 12 of a: work waited for a CPU in 10.0% of the time",
        "run 13 of b: work waited for a CPU in 45.0% of the time",
        "run 13 of b: the hypervisor took 2.0% of the CPU time",
        "run 14 of b: other processes used 30.0% of the CPU time",
        "run 14 of b: a new kind of sign",
    ]
    assert flags(block) == "steal 2 %, others 30 %, cpu 45 %, other"


def test_no_sign_that_the_inspector_makes_is_unknown() -> None:
    ticks = dict.fromkeys(("nice", "system", "irq", "softirq", "iowait"), 0)
    before = {
        "cpu_ticks": {**ticks, "user": 0, "idle": 0, "steal": 0},
        "uptime_seconds": 0.0,
        "pressure_seconds": {"cpu": 0.0, "memory": 0.0, "io": 0.0},
        "throttling": {"throttled_periods": 0},
        "cpu_mhz": 3000.0,
        "thermal_throttles": 0,
    }
    after = {
        "cpu_ticks": {**ticks, "user": 8 * HERTZ, "idle": HERTZ, "steal": HERTZ},
        "uptime_seconds": 10.0,
        "pressure_seconds": {"cpu": 10.5, "memory": 1.0, "io": 2.0},
        "throttling": {"throttled_periods": 3},
        "cpu_mhz": 2000.0,
        "thermal_throttles": 2,
        "temperature_celsius": 95.0,
    }
    signs = disturbances(before, after, {"ru_utime": 1.0, "ru_stime": 0.0})
    assert len(signs) == 9
    assert flags(signs) == (
        "steal 10 %, others 70 %, cpu 100 %, memory 10 %, disk 20 %, quota 3x, "
        "frequency 2000 MHz, heat 2x, hot 95 C"
    )
