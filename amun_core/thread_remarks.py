"""Threads asked for against threads that worked: said of a run where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: CPUs busy beyond the number asked for: the thread that hands work over takes a little.
_TOLERATED = 0.25


def thread_remarks(facts: Mapping[str, Any]) -> list[str]:
    """What is to be said of a run's threads, in words; [] where what was asked is what worked.

    >>> threads = {"requested": 1, "worked": 4, "cpus_used": 1.97, "affinity": [0, 1]}
    >>> thread_remarks({"threads": threads})
    ['1 thread was asked for, 4 worked (2.0 CPUs busy)']
    """
    threads = facts.get("threads")
    if not isinstance(threads, Mapping):
        return []
    asked, worked, busy = (threads.get(name) for name in ("requested", "worked", "cpus_used"))
    if not isinstance(asked, int) or not isinstance(worked, int):
        return []
    busy = busy if isinstance(busy, int | float) else 0.0
    cpus = len(threads.get("affinity") or ())
    # more threads on no more CPUs, or one that only hands work over, are no more than was asked for
    shared = worked > asked and 0 < cpus <= asked
    helper = worked == asked + 1 and busy <= asked + _TOLERATED
    if worked == asked or shared or helper:
        return []
    plural = "thread was" if asked == 1 else "threads were"
    return [f"{asked} {plural} asked for, {worked} worked ({busy:.1f} CPUs busy)"]
