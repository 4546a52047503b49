"""Processes that carry a mark in their environment: found, measured, ended.

A mark is inherited, so it finds what a run started even after it left the session of the run. The
kernel shows the environment a process was started with, for our own user and for root.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: INSTALLATION:INSPECTION:FENCE:RUN, in every process of a run.
RUN_MARK = "AMUN_RUN"

#: INSTALLATION:PID:START TIME of the builder, in every process of a build.
BUILD_MARK = "AMUN_BUILD"

#: A scan is repeated no sooner than this many times its own duration: it must not disturb a run.
SCAN_SHARE = 200

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class MarkedProcess:
    """A living process and the value of its mark."""

    pid: int
    mark: str


def marked(name: str, prefix: str = "") -> Iterator[MarkedProcess]:
    """Every living process whose mark `name` starts with `prefix`."""
    wanted = f"{name}={prefix}".encode()
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are enough, and quicker
        if not entry.isdecimal():
            continue
        try:
            environment = Path("/proc", entry, "environ").read_bytes()
        except OSError:  # ended meanwhile, or another user's
            continue
        if wanted not in environment:
            continue
        for variable in environment.split(b"\0"):
            if variable.startswith(wanted):
                value = variable.partition(b"=")[2].decode("utf-8", errors="replace")
                yield MarkedProcess(int(entry), value)
                break


def end_marked(name: str, mark: str, *, seconds: float = 20.0) -> int:
    """Kill every process with exactly this mark until none is left; returns how many were seen.

    A process that forks without end is stopped before it is killed: what stands still cannot fork.
    """
    deadline = time.monotonic() + seconds
    seen: set[int] = set()
    while time.monotonic() < deadline:
        pids = [found.pid for found in marked(name, mark) if found.mark == mark]
        if not pids:
            break
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        seen.update(pids)
        if len(pids) < 4:
            time.sleep(0.001)  # the kernel takes a moment to take a process down
    return len(seen)


def kill_group(pid: int) -> None:
    """Kill a process group at once: nothing in it can fork its way out."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def start_time(pid: int) -> str:
    """When a process started, in the kernel's ticks; "" if there is no such process."""
    try:
        status = Path("/proc", str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return status.rpartition(")")[2].split()[19]


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in use now, without what it shares with files."""
    try:
        fields = Path("/proc", str(pid), "statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * _PAGE_BYTES


def peak_bytes(pid: int) -> int:
    """The largest resident size of a process since it was started."""
    try:
        status = Path("/proc", str(pid), "status").read_bytes()
    except OSError:
        return 0
    _, found, rest = status.partition(b"VmHWM:")
    return int(rest.split(None, 1)[0]) * 1024 if found else 0


def thread_count(pid: int) -> int:
    """Threads of a process; 0 if there is no such process."""
    try:
        status = Path("/proc", str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[17])


def all_threads() -> int:
    """Threads of the whole host: one cheap number that tells when a closer look is due."""
    load = Path("/proc/loadavg").read_text(encoding="ascii").split()
    return int(load[3].partition("/")[2])


def kernel_kills() -> int:
    """How often the kernel has killed a process for memory since boot."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        counters = Path("/proc/vmstat").read_text(encoding="ascii")
        return int(counters.partition("\noom_kill ")[2].split(None, 1)[0])
    return 0
