"""Whether other work has this host's CPUs just now, and waiting until none has."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amun_core.condition import OTHERS, STOLEN
from inspector.disturbance import OTHERS_SHARE, STEAL_SHARE
from inspector.engines.base import ShouldStop, StoppedError

#: One look takes so long, s: the kernel counts CPU time in ticks of 10 ms.
LOOK_SECONDS = 0.2
#: Pause between two looks at a host that is not quiet, s.
PAUSE_SECONDS = 0.5

_BUSY_FIELDS = (0, 1, 2, 5, 6)  # user, nice, system, irq, softirq of /proc/stat
_STEAL_FIELD = 7
_COUNTED_FIELDS = 8


@dataclass(frozen=True, slots=True)
class _Ticks:
    busy: int
    stolen: int
    total: int


def sharing_now(root: Path = Path("/"), seconds: float = LOOK_SECONDS) -> str | None:
    """What other work takes of the CPUs, in words; None where they are free, or nothing tells.

    To be asked while nothing is measured: all work is then other work.
    """
    before = _ticks(root)
    time.sleep(seconds)
    after = _ticks(root)
    if before is None or after is None or after.total <= before.total:
        return None
    total = after.total - before.total
    busy, stolen = (after.busy - before.busy) / total, (after.stolen - before.stolen) / total
    if busy > OTHERS_SHARE:
        return f"{OTHERS} {busy:.1%} of the CPU time"
    # a single tick is more than the share that counts over a whole run
    if stolen > STEAL_SHARE and after.stolen - before.stolen > 1:
        return f"{STOLEN} {stolen:.1%} of the CPU time"
    return None


def wait_for_quiet(
    seconds: float,
    should_stop: ShouldStop,
    told: Callable[[str], None],
    look: Callable[[], str | None] = sharing_now,
) -> float:
    """Wait until a look finds the CPUs free, at most `seconds`; returns how long that took.

    `told` gets what is in the way, once. StoppedError if told to stop.
    """
    begun = time.monotonic()
    waited = 0.0
    first = True
    while waited <= seconds and (sign := look()) is not None:
        if first:
            told(sign)
        first = False
        if should_stop():
            raise StoppedError
        time.sleep(PAUSE_SECONDS)
        waited = time.monotonic() - begun
    # a look that found quiet at once is no wait
    return 0.0 if first else time.monotonic() - begun


def _ticks(root: Path) -> _Ticks | None:
    try:
        line = (root / "proc/stat").read_text(encoding="ascii").partition("\n")[0]
        fields = [int(word) for word in line.split()[1:]]
    except (OSError, ValueError):
        return None
    if len(fields) < _COUNTED_FIELDS:
        return None
    busy = sum(fields[index] for index in _BUSY_FIELDS)
    # guests are counted in user and nice already; what the container's own quota allows is not known
    return _Ticks(busy, fields[_STEAL_FIELD], sum(fields[:_COUNTED_FIELDS]))


def usable_cpus() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0))
