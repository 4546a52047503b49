"""Signs that something else used the host during a run. A disturbed run is marked, never deleted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

#: Share of CPU time taken by the hypervisor above which a run counts as disturbed.
STEAL_SHARE = 0.01
#: Share of all CPUs used by other processes above which a run counts as disturbed.
OTHERS_SHARE = 0.10
#: Runs shorter than this in CPU time of the host tell nothing by a clock of 10 ms, s.
SHORTEST_SECONDS = 0.5

_BUSY = ("user", "nice", "system", "irq", "softirq")
_ALL = (*_BUSY, "idle", "iowait", "steal")


def disturbances(
    before: Mapping[str, Any], after: Mapping[str, Any], usage: Mapping[str, float]
) -> list[str]:
    """What disturbed the run between two looks at its surroundings, in words; [] if nothing did.

    `usage` is the run's own use of resources, as getrusage tells it.
    """
    found = []
    ticks = _ticks(before, after)
    hertz = os.sysconf("SC_CLK_TCK")
    total = sum(ticks.get(name, 0) for name in _ALL)
    if total / hertz >= SHORTEST_SECONDS:
        steal = ticks.get("steal", 0) / total
        if steal > STEAL_SHARE:
            found.append(f"the hypervisor took {steal:.1%} of the CPU time")
        busy = sum(ticks.get(name, 0) for name in _BUSY)
        own = (usage.get("ru_utime", 0.0) + usage.get("ru_stime", 0.0)) * hertz
        others = (busy - own) / total
        if others > OTHERS_SHARE:
            found.append(f"other processes used {others:.1%} of the CPU time")
    throttled = _throttled(after) - _throttled(before)
    if throttled > 0:
        found.append(f"the CPU quota stopped the run in {throttled} periods")
    return found


def _ticks(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, int]:
    first, last = before.get("cpu_ticks"), after.get("cpu_ticks")
    if not isinstance(first, Mapping) or not isinstance(last, Mapping):
        return {}
    return {
        name: last[name] - first[name]
        for name in _ALL
        if isinstance(first.get(name), int) and isinstance(last.get(name), int)
    }


def _throttled(surroundings: Mapping[str, Any]) -> int:
    throttling = surroundings.get("throttling")
    periods = throttling.get("throttled_periods") if isinstance(throttling, Mapping) else None
    return periods if isinstance(periods, int) else 0
