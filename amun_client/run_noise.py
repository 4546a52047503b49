"""How a run by hand went: what else used the host's CPUs, and how its iterations spread.

A run of an inspection is judged by its measurer. Nobody stands beside a run by hand, but its driver
reads the counters of the host before and after it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from statistics import median, quantiles
from typing import Any

from amun_core.condition import OTHERS, STOLEN

Document = Mapping[str, Any]

#: The shares above which a measurer marks a run (a test holds us to it), and the shortest run whose
#: counters tell anything, s of CPU time of the host.
STEAL_SHARE, OTHERS_SHARE, SHORTEST_SECONDS = 0.01, 0.10, 0.5
_BUSY = ("user", "nice", "system", "irq", "softirq")
_ALL = (*_BUSY, "idle", "iowait", "steal")


def shared_signs(run: Document) -> list[str]:
    """What of the CPU time went to others while a run worked, in the words of a measurer."""
    first, last = ((run.get(moment) or {}).get("cpu_ticks") or {} for moment in ("before", "after"))
    ticks = {name: last[name] - first[name] for name in _ALL if name in first and name in last}
    hertz, total = os.sysconf("SC_CLK_TCK"), sum(ticks.values())
    if total / hertz < SHORTEST_SECONDS:
        return []
    usage = run.get("usage") or {}
    own = (usage.get("ru_utime", 0.0) + usage.get("ru_stime", 0.0)) * hertz
    others = (sum(ticks.get(name, 0) for name in _BUSY) - own) / total
    steal = ticks.get("steal", 0) / total
    signs = []
    if steal > STEAL_SHARE:
        signs.append(f"{STOLEN} {steal:.1%} of the CPU time")
    if others > OTHERS_SHARE:
        signs.append(f"{OTHERS} {min(others, 1):.1%} of the CPU time")
    return signs


def relative_spread(run: Document) -> float | None:
    """Interquartile range over median of the iterations that count; None where they are too few."""
    samples = run.get("samples") or {}
    kept = list(samples.get("values") or ())[int(samples.get("warmups") or 0) :]
    if len(kept) < 4:
        return None
    low, middle, high = quantiles(kept, n=4)[0], median(kept), quantiles(kept, n=4)[2]
    return (high - low) / middle if middle > 0 else None
