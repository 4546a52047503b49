from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from amun_core.metadata import check_facts
from inspector import accelerators
from inspector.accelerators import disturbances, read


class FakeNvml:
    """A fake of NVIDIA's management library: one GPU that answers what the test says."""

    class NVMLError(Exception):
        """What the real one raises for everything."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {
            "nvmlDeviceGetName": "Imagined GPU",
            "nvmlSystemGetDriverVersion": "570.86",
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=7, memory=3),
            "nvmlDeviceGetComputeRunningProcesses": [],
            "nvmlDeviceGetCurrentClocksEventReasons": 0x1,
            "nvmlDeviceGetTemperature": 41,
            "nvmlDeviceGetPowerUsage": 71_500,
            "nvmlDeviceGetEnforcedPowerLimit": 700_000,
            "nvmlDeviceGetPerformanceState": 0,
            "nvmlDeviceGetPersistenceMode": 1,
            **answers,
        }

    def nvmlDeviceGetCount(self) -> int:
        return 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> object:
        return ("handle", index)

    def nvmlDeviceGetClockInfo(self, _handle: object, clock: int) -> int:
        return {1: 1755, 2: 2619}[clock]

    def nvmlDeviceGetMaxClockInfo(self, _handle: object, _clock: int) -> int:
        return 1980

    def nvmlDeviceGetViolationStatus(self, _handle: object, policy: int) -> object:
        return SimpleNamespace(violationTime={0: 2_000_000_000, 1: 500_000_000}[policy])

    def __getattr__(self, name: str) -> Any:
        if name not in self.__dict__.get("answers", {}):
            raise AttributeError(name)
        answer = self.answers[name]

        def function(*_arguments: object) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        return function


def test_everything_that_a_gpu_tells_is_read() -> None:
    [found] = read(FakeNvml())
    assert found == {
        "index": 0,
        "name": "Imagined GPU",
        "driver_version": "570.86",
        "sm_mhz": 1755,
        "sm_maximum_mhz": 1980,
        "memory_mhz": 2619,
        "reasons": ["idle"],
        "temperature_celsius": 41,
        "power_watts": 71.5,
        "power_limit_watts": 700.0,
        "performance_state": 0,
        "persistence": 1,
        "utilisation_percent": 7,
        "processes": 0,
        "power_slowed_s": 2.0,
        "thermal_slowed_s": 0.5,
    }
    assert check_facts({"accelerators": {"before": [found], "after": [found]}}) == ()


def test_what_a_driver_does_not_know_is_left_open() -> None:
    refused = FakeNvml.NVMLError("Not Supported")
    fake = FakeNvml(
        nvmlDeviceGetUtilizationRates=refused,
        nvmlDeviceGetPowerUsage=refused,
        nvmlDeviceGetName=b"Old GPU",
    )
    del fake.answers["nvmlDeviceGetCurrentClocksEventReasons"]
    fake.answers["nvmlDeviceGetCurrentClocksThrottleReasons"] = 0x4 | 0x40
    [found] = read(fake)
    assert found["reasons"] == ["power_cap", "hardware_thermal"]
    assert (found["name"], found["power_watts"]) == ("Old GPU", None)
    assert found["utilisation_percent"] is None


def test_without_a_library_there_is_nothing_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerators, "library", lambda: None)
    assert read() == []


def test_a_library_that_fails_is_no_gpu() -> None:
    fake = FakeNvml()
    fake.nvmlDeviceGetCount = lambda: (_ for _ in ()).throw(fake.NVMLError())  # type: ignore[method-assign]
    assert read(fake) == []


def reading(**changes: Any) -> dict[str, Any]:
    [found] = read(FakeNvml())
    return {**found, **changes}


def test_a_quiet_gpu_disturbs_nothing() -> None:
    assert disturbances([reading()], [reading(power_slowed_s=9.0)], 10.0) == []
    assert disturbances([], [], 10.0) == []


def test_heat_alarms_and_other_processes_are_told() -> None:
    before = reading(processes=2)
    after = reading(thermal_slowed_s=1.75, reasons=["hardware_thermal", "power_cap"])
    assert disturbances([before], [after], 10.0) == [
        "GPU 0 was slowed by heat for 1.25 s",
        "GPU 0 ran below its clocks: hardware_thermal",
        "GPU 0 was used by 2 other processes",
    ]
    assert disturbances([reading(processes=1)], [reading()], 10.0) == [
        "GPU 0 was used by 1 other process"
    ]


def test_a_tremor_of_heat_in_a_long_run_is_none() -> None:
    assert disturbances([reading()], [reading(thermal_slowed_s=0.6)], 100.0) == []
