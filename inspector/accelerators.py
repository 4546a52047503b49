"""What the GPUs of this host were doing before and after a run, by NVIDIA's management library.

Everything is best effort: without the library, its driver or a GPU there is nothing to read, and what
a GPU does not tell is None. Clocks and reasons are those of the moment; the two counters of time spent
slowed down see what happened in between.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

#: Bits of the reasons for which a GPU runs below its highest clocks, as the library defines them.
REASONS = {
    0x001: "idle",
    0x002: "application_clocks",
    0x004: "power_cap",
    0x008: "hardware_slowdown",
    0x010: "sync_boost",
    0x020: "software_thermal",
    0x040: "hardware_thermal",
    0x080: "power_brake",
    0x100: "display_clocks",
}

#: Of these, the ones that no measurement should meet.
_ALARMING = frozenset({"hardware_slowdown", "software_thermal", "hardware_thermal", "power_brake"})

_SM_CLOCK, _MEMORY_CLOCK = 1, 2  # NVML_CLOCK_SM, NVML_CLOCK_MEM
_POWER, _THERMAL = 0, 1  # NVML_PERF_POLICY_POWER, NVML_PERF_POLICY_THERMAL
_NANOSECONDS, _MILLI = 1e9, 1e3

#: Share of a run's wall time slowed down from which it counts as disturbed, and least seconds.
_SLOWED_SHARE = 0.01
_LEAST_SECONDS = 0.05

Reading = dict[str, Any]


class Library(Protocol):
    """The part of `pynvml` that is used: functions that take a handle and raise NVMLError."""

    NVMLError: type[Exception]

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 (the library's name)
        """How many GPUs there are."""

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any:  # noqa: N802 (the library's name)
        """What the other functions take."""


@functools.cache
def library() -> Library | None:
    """The management library, initialised once; None where there is none, or no driver."""
    try:
        found: Any = importlib.import_module("pynvml")
        found.nvmlInit()
    except Exception:  # not installed, no driver, no permission: there is no GPU for us
        return None
    known: Library = found
    return known


def read(nvml: Library | None = None) -> list[Reading]:
    """Every GPU as it is now; [] where there is none."""
    nvml = nvml or library()
    if nvml is None:
        return []
    try:
        return [_one(nvml, index) for index in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:
        return []


def disturbances(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], wall_seconds: float
) -> list[str]:
    """What disturbed a run on the GPUs between two readings, in words; [] if nothing did.

    A power limit that is met is a property of the GPU, not a disturbance: it stands in the facts.
    """
    found = []
    for first, last in zip(before, after, strict=False):
        name = f"GPU {last.get('index')}"
        start, end = first.get("thermal_slowed_s"), last.get("thermal_slowed_s")
        slowed = 0.0 if start is None or end is None else end - start
        if slowed > max(_LEAST_SECONDS, _SLOWED_SHARE * wall_seconds):
            found.append(f"{name} was slowed by heat for {slowed:.2f} s")
        alarms = _ALARMING & {*first.get("reasons", ()), *last.get("reasons", ())}
        if alarms:
            found.append(f"{name} ran below its clocks: {', '.join(sorted(alarms))}")
        others = first.get("processes")
        if others:
            found.append(f"{name} was used by {others} other process{'es' * (others > 1)}")
    return found


def _one(nvml: Any, index: int) -> Reading:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)

    def ask(name: str, *arguments: Any) -> Any:
        return _asked(nvml, name, handle, *arguments)

    utilisation = ask("nvmlDeviceGetUtilizationRates")
    processes = ask("nvmlDeviceGetComputeRunningProcesses")
    return {
        "index": index,
        "name": _text(ask("nvmlDeviceGetName")),
        "driver_version": _text(_asked(nvml, "nvmlSystemGetDriverVersion")),
        "sm_mhz": ask("nvmlDeviceGetClockInfo", _SM_CLOCK),
        "sm_maximum_mhz": ask("nvmlDeviceGetMaxClockInfo", _SM_CLOCK),
        "memory_mhz": ask("nvmlDeviceGetClockInfo", _MEMORY_CLOCK),
        "reasons": _reasons(ask),
        "temperature_celsius": ask("nvmlDeviceGetTemperature", 0),
        "power_watts": _scaled(ask("nvmlDeviceGetPowerUsage"), _MILLI),
        "power_limit_watts": _scaled(ask("nvmlDeviceGetEnforcedPowerLimit"), _MILLI),
        "performance_state": ask("nvmlDeviceGetPerformanceState"),
        "persistence": ask("nvmlDeviceGetPersistenceMode"),
        "utilisation_percent": None if utilisation is None else utilisation.gpu,
        "processes": None if processes is None else len(processes),
        "power_slowed_s": _slowed(ask, _POWER),
        "thermal_slowed_s": _slowed(ask, _THERMAL),
    }


def _asked(nvml: Any, name: str, *arguments: Any) -> Any:
    """The answer of one function; None where this driver or this GPU has none."""
    function = getattr(nvml, name, None)
    try:
        return None if function is None else function(*arguments)
    except nvml.NVMLError:
        return None


def _reasons(ask: Callable[..., Any]) -> list[str]:
    bits = ask("nvmlDeviceGetCurrentClocksEventReasons")
    if bits is None:  # drivers before 535 know it by its old name
        bits = ask("nvmlDeviceGetCurrentClocksThrottleReasons")
    return [word for bit, word in REASONS.items() if (bits or 0) & bit]


def _slowed(ask: Callable[..., Any], policy: int) -> float | None:
    status = ask("nvmlDeviceGetViolationStatus", policy)
    return None if status is None else status.violationTime / _NANOSECONDS


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value / by


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")
