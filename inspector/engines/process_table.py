"""Processes that carry a mark in their environment: found, measured, ended.

A mark is inherited, so it finds what a run started even after it left the session of the run. The
kernel shows the environment a process was started with, for our own user and for root.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Iterable, Iterator
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


def end_marked(name: str, mark: str, *, seconds: float = 30.0) -> int:
    """Kill every process with exactly this mark until none is left; returns how many were seen."""
    deadline = time.monotonic() + seconds
    seen: set[int] = set()
    with urgently():
        while time.monotonic() < deadline:
            pids = [found.pid for found in marked(name, mark) if found.mark == mark]
            if not pids:
                break
            _signal(pids, signal.SIGSTOP)
            _signal(pids, signal.SIGKILL)
            seen.update(pids)
            time.sleep(0.001)  # the kernel takes a moment to take a process down
    return len(seen)


def family(root: int, mark: str) -> list[int]:
    """Every living process of the run whose first process is `root`, which was not waited for yet.

    Descendants are found by their parents. Only orphans are asked for their mark: to read it means
    to wait for a lock that a process holds while it forks.
    """
    table = _table()
    if root not in table:
        return []
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    _add_descendants(root, children, found)
    born = table[root][1]
    wanted = f"{RUN_MARK}={mark}\0".encode()
    for pid, (parent, started) in table.items():
        # an orphan's new parent is older than the run
        if started >= born and pid not in found and table.get(parent, (0, 0))[1] < born:
            with contextlib.suppress(OSError):
                if wanted in Path("/proc", str(pid), "environ").read_bytes() + b"\0":
                    _add_descendants(pid, children, found)
    return sorted(found)


def end_family(root: int, mark: str, *, seconds: float = 30.0) -> None:
    """Kill the whole run of `root`. All of it is stopped first: what stands still cannot fork."""
    deadline = time.monotonic() + seconds
    stopped: set[int] = set()
    while time.monotonic() < deadline:
        new = [pid for pid in family(root, mark) if pid not in stopped]
        if not new:
            break
        _signal(new, signal.SIGSTOP)
        stopped.update(new)
    _signal(stopped, signal.SIGKILL)
    kill_group(root)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _add_descendants(root: int, children: dict[int, list[int]], found: set[int]) -> None:
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, ())


def _table() -> dict[int, tuple[int, int]]:
    """pid -> (parent, start time) of every process."""
    table: dict[int, tuple[int, int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are enough, and quicker
        if entry.isdecimal():
            fields = _status(int(entry))
            if fields:
                table[int(entry)] = (int(fields[1]), int(fields[19]))
    return table


def _status(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; [] if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


@contextlib.contextmanager
def urgently() -> Iterator[None]:
    """Run this thread before all others, if we may, but nothing that it starts.

    Among a thousand processes that multiply, a thread of ordinary rank would get no time to end
    them. It sleeps nearly always, so it takes nothing from a run.
    """
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    rank = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
    with contextlib.suppress(OSError):  # not root
        os.sched_setscheduler(0, rank, os.sched_param(1))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, *before)


def bound_processes(pid: int, limit: int) -> None:
    """Let the kernel refuse a process too many, where it does so: not for root."""
    user = os.geteuid()
    if user == 0:
        return
    # the bound counts everything that this user has, so what is there already comes on top
    have = sum(thread_count(one) for one in _processes_of(user))
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_NPROC)
        if hard == resource.RLIM_INFINITY or have + limit < hard:
            resource.prlimit(pid, resource.RLIMIT_NPROC, (have + limit, have + limit))


def bound_files(pid: int, size: int) -> None:
    """Let the kernel refuse a file larger than `size` bytes, as it does in a container."""
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        if hard == resource.RLIM_INFINITY or size < hard:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))


def _processes_of(user: int) -> Iterator[int]:
    with os.scandir("/proc") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.name.isdecimal() and entry.stat().st_uid == user:
                    yield int(entry.name)


def kill_group(pid: int) -> None:
    """Kill a process group at once: nothing in it can fork its way out."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def start_time(pid: int) -> str:
    """When a process started, in the kernel's ticks; "" if there is no such process."""
    fields = _status(pid)
    return fields[19] if fields else ""


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
    fields = _status(pid)
    return int(fields[17]) if fields else 0


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
