"""Which process is meant: a pid alone may have been given to another program since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import psutil

#: The kernel's start time of a process is exact, but it is told relative to a boot time that the
#: clock's adjustments move by a second.
CREATED_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A pid and when its process was created."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The identity of the process that has `pid` now."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    @classmethod
    def from_record(cls, record: Any) -> Self | None:
        """The identity kept in a state file; None where it is none."""
        if not isinstance(record, dict):
            return None
        pid, created = record.get("pid"), record.get("created")
        if not isinstance(pid, int) or pid <= 0 or not isinstance(created, int | float):
            return None
        return cls(pid, float(created))

    def process(self) -> psutil.Process | None:
        """The living process, or None if it ended (even if its pid was given away since)."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.created) > CREATED_TOLERANCE_SECONDS:
                return None
            return None if process.status() == psutil.STATUS_ZOMBIE else process
        except psutil.Error:
            return None

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self.process() is not None


def with_descendants(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """`processes` and everything they started that still runs, each once."""
    found: dict[int, psutil.Process] = {}
    for process in processes:
        found.setdefault(process.pid, process)
        try:
            for child in process.children(recursive=True):
                found.setdefault(child.pid, child)
        except psutil.Error:
            continue
    return list(found.values())


def end(processes: Sequence[psutil.Process], *, grace_seconds: float) -> list[psutil.Process]:
    """SIGTERM, wait, SIGKILL. Returns those that had to be killed.

    psutil checks the creation time before it signals: a reused pid is never hit.
    """
    for process in processes:
        _quietly(process.terminate)
    _, alive = psutil.wait_procs(list(processes), timeout=grace_seconds)
    # what a process started while it ended is ended with it
    for process in with_descendants(alive):
        _quietly(process.kill)
    psutil.wait_procs(alive, timeout=2.0)
    return list(alive)


def _quietly(action: Any) -> None:
    try:
        action()
    except psutil.Error:
        return
