"""How many threads of this process worked, as the kernel counts it: no framework is asked.

A framework may take its number of threads from somewhere else than where it was told; what its
pools say is then not what worked. The kernel knows how long each thread had a CPU.
"""

import os
import time
from typing import Any, Dict, NamedTuple

#: A thread with less than this share of the busiest one's time only handed work over.
SHARE = 0.2
#: The kernel's figures are a few milliseconds old: a shorter time tells nothing, s.
SHORTEST = 0.1


class Look(NamedTuple):
    """The CPU time of each thread so far, and when that was."""

    at: float
    seconds: Dict[str, float]


def look(folder: str = "/proc/self/task") -> Look:
    """The CPU time of every thread of this process until now, s."""
    found = {}
    try:
        for thread in os.listdir(folder):
            try:
                with open(os.path.join(folder, thread, "schedstat")) as file:
                    found[thread] = int(file.read().split()[0]) / 1e9
            except (OSError, ValueError, IndexError):  # ended meanwhile, or not told here
                continue
    except OSError:
        found = {}
    return Look(time.perf_counter(), found)


def between(first: Look, last: Look) -> Dict[str, Any]:
    """How many threads worked between two looks, and how many CPUs they kept busy; None: unknown."""
    used = [seconds - first.seconds.get(thread, 0.0) for thread, seconds in last.seconds.items()]
    busiest = max(used) if used else 0.0
    passed = last.at - first.at
    if busiest < SHORTEST or passed <= 0:
        return {"worked": None, "cpus_used": None}
    return {
        "worked": sum(1 for seconds in used if seconds >= SHARE * busiest),
        "cpus_used": sum(used) / passed,
    }
