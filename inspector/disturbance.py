"""Signs that something else used the host during a run. A disturbed run is marked, never deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from amun_core.condition import OTHERS, STOLEN
from amun_core.magnitudes import MOST

#: Share of CPU time taken by the hypervisor above which a run counts as disturbed.
STEAL_SHARE = 0.01
#: Share of all CPUs used by other processes above which a run counts as disturbed.
OTHERS_SHARE = 0.10
#: Runs shorter than this in CPU time of the host tell nothing by a clock of 10 ms, s.
SHORTEST_SECONDS = 0.5
#: Share of the time in which some task waited for a resource. A run that has a thread on every CPU
#: makes the small tasks of a quiet host wait a little: for the CPU much is allowed.
PRESSURE_SHARES = {"cpu": 0.20, "memory": 0.01, "io": 0.10}
#: Fall of the mean frequency from before the run to after it, as a share.
FREQUENCY_FALL = 0.10
#: From here on processors protect themselves, degrees Celsius.
HOT_CELSIUS = 90.0

_BUSY = ("user", "nice", "system", "irq", "softirq")
_ALL = (*_BUSY, "idle", "iowait", "steal")
_RESOURCES = {"cpu": "a CPU", "memory": "memory", "io": "a disk"}


def disturbances(
    before: Mapping[str, Any], after: Mapping[str, Any], usage: Mapping[str, float]
) -> list[str]:
    """What disturbed the run between two looks at its surroundings, in words; [] if nothing did.

    `usage` is the run's own use of resources, as getrusage tells it.
    """
    return [
        *_other_load(before, after, usage),
        *_waiting(before, after),
        *_slowed(before, after),
        *_heat(before, after),
    ]


def _other_load(
    before: Mapping[str, Any], after: Mapping[str, Any], usage: Mapping[str, float]
) -> Iterator[str]:
    ticks = _ticks(before, after)
    hertz = os.sysconf("SC_CLK_TCK")
    total = sum(ticks.get(name, 0) for name in _ALL)
    if total / hertz < SHORTEST_SECONDS:
        return
    steal = ticks.get("steal", 0) / total
    if steal > STEAL_SHARE:
        yield f"{STOLEN} {steal:.1%} of the CPU time"
    busy = sum(ticks.get(name, 0) for name in _BUSY)
    own = (usage.get("ru_utime", 0.0) + usage.get("ru_stime", 0.0)) * hertz
    others = (busy - own) / total
    if others > OTHERS_SHARE:
        yield f"{OTHERS} {min(others, 1):.1%} of the CPU time"


def _waiting(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Pressure: the kernel counts the time in which some task waited for a resource."""
    passed = _growth(before, after, "uptime_seconds")
    first, last = before.get("pressure_seconds"), after.get("pressure_seconds")
    if not isinstance(first, Mapping) or not isinstance(last, Mapping):
        return
    if passed is None or passed < SHORTEST_SECONDS:
        return
    for name, allowed in PRESSURE_SHARES.items():
        waited = _growth(first, last, name)
        if waited is not None and waited / passed > allowed:
            yield f"work waited for {_RESOURCES[name]} in {min(waited / passed, 1):.1%} of the time"


def _slowed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    throttled = _throttled(after) - _throttled(before)
    if throttled > 0:
        yield f"the CPU quota stopped the run in {throttled} periods"
    first, last = _number(before.get("cpu_mhz")), _number(after.get("cpu_mhz"))
    if first and last is not None and last < (1 - FREQUENCY_FALL) * first:
        yield f"the frequency of the CPUs fell from {first:.0f} to {last:.0f} MHz"


def _heat(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    times = _growth(before, after, "thermal_throttles")
    if times is not None and times > 0:
        yield f"the CPU slowed itself for heat {times:.0f} times"
    hottest = _number(after.get("temperature_celsius"))
    if hottest is not None and hottest >= HOT_CELSIUS:
        yield f"the hottest sensor showed {hottest:.0f} degrees Celsius"


def _growth(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> float | None:
    first, last = _number(before.get(name)), _number(after.get(name))
    return None if first is None or last is None else last - first


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MOST else None  # a run may have written anything


def _ticks(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, int]:
    first, last = before.get("cpu_ticks"), after.get("cpu_ticks")
    if not isinstance(first, Mapping) or not isinstance(last, Mapping):
        return {}
    return {
        name: last[name] - first[name]
        for name in _ALL
        if isinstance(first.get(name), int)
        and isinstance(last.get(name), int)
        and abs(first[name]) <= MOST
        and abs(last[name]) <= MOST
    }


def _throttled(surroundings: Mapping[str, Any]) -> int:
    throttling = surroundings.get("throttling")
    periods = throttling.get("throttled_periods") if isinstance(throttling, Mapping) else None
    return periods if isinstance(periods, int) and abs(periods) <= MOST else 0
