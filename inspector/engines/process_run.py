"""One run as a process: start it alone in its session, watch its bounds, leave nothing behind.

The end of the process and everything it prints wake the watcher at once; bounds and the wish to
stop are looked at between, so watching adds nothing to the time of a run.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from amun_core.errors import EngineError
from inspector.engines import process_table
from inspector.engines.base import (
    FOLDER_BYTES,
    FOLDER_ENTRIES,
    FOLDER_SECONDS,
    FOLDER_SHARE,
    LARGEST_FILE_BYTES,
    RunExit,
    RunFolder,
    ShouldStop,
    StoppedError,
)
from inspector.leftovers import DISK_FULL_ERRORS, used

#: Time between two looks at the bounds, ms.
LOOK_MILLISECONDS = 50

#: Least time between two scans of all processes of a run, s.
SCAN_SECONDS = 0.25

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run may use."""

    seconds: float
    output_bytes: int
    memory_bytes: int | None
    pids: int


@dataclass(slots=True)
class _Capture:
    """One output of the run: the pipe it writes to and the file that keeps it."""

    pipe: int
    file: BinaryIO
    room: int  # bytes that still fit; one more than the limit, so that an overflow is seen
    open: bool = True
    disk_full: bool = False

    def take(self) -> None:
        """Move what has arrived."""
        try:
            chunk = os.read(self.pipe, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            self.open = False
            return
        self.keep(chunk[: self.room])
        self.room -= min(self.room, len(chunk))

    def keep(self, piece: bytes) -> None:
        """Write into the file; a full disk is remembered, and the run ended for it."""
        try:
            if not self.disk_full:
                self.file.write(piece)
        except OSError as error:
            if error.errno not in DISK_FULL_ERRORS:
                raise
            self.disk_full = True


@dataclass(slots=True)
class _Watch:
    """What is known of a run while it lasts."""

    process: subprocess.Popen[bytes]
    mark: str
    bounds: Bounds
    should_stop: ShouldStop
    started: float
    threads_before: int
    captures: list[_Capture]
    folder: Path
    peak_bytes: int = 0
    why_killed: str = ""
    out_of_memory: bool = False
    crowded: bool = False
    timed_out: bool = False
    overflow: bool = False
    wrote_too_much: bool = False
    next_scan: float = field(default=0.0)
    next_size: float = field(default=0.0)

    @property
    def disk_full(self) -> bool:
        """True once something that was printed could not be kept."""
        return any(capture.disk_full for capture in self.captures)

    def look(self) -> bool:
        """Look at every bound; True if the run must end now. Raises StoppedError."""
        now = time.monotonic()
        if self.should_stop():
            raise StoppedError
        if now - self.started > self.bounds.seconds:
            self.timed_out = True
            self.why_killed = f"longer than {self.bounds.seconds:g} s"
        elif any(capture.room <= 0 for capture in self.captures):
            self.overflow = True
            self.why_killed = f"more than {self.bounds.output_bytes} bytes of output"
        elif self.disk_full:
            self.why_killed = "the disk is full"
        else:
            self._look_at_processes(now)
            self.look_at_folder()
        return bool(self.why_killed)

    def look_at_folder(self, *, at_end: bool = False) -> None:
        """Look at how much the run wrote, now and then while it lasts, and once at its end."""
        now = time.monotonic()
        if now < self.next_size and not at_end:
            return
        first = not (self.next_size or at_end)  # the folder was filled by us a moment ago
        size, entries = (0, 0) if first else used(self.folder, FOLDER_ENTRIES)
        if size > FOLDER_BYTES or entries > FOLDER_ENTRIES:
            self.wrote_too_much = True
            self.why_killed = f"more than {FOLDER_BYTES} bytes or {FOLDER_ENTRIES} files written"
        spent = time.monotonic() - now
        self.next_size = now + max(FOLDER_SECONDS, FOLDER_SHARE * spent)

    def _look_at_processes(self, now: float) -> None:
        pid = self.process.pid
        self.peak_bytes = max(self.peak_bytes, process_table.peak_bytes(pid))
        limit, pids = self.bounds.memory_bytes, self.bounds.pids
        crowd = process_table.all_threads() - self.threads_before > pids
        if limit is not None and process_table.resident_bytes(pid) > limit:
            self._memory_exceeded(limit)
        elif crowd or (limit is not None and now >= self.next_scan):
            self._scan(now, limit)

    def _scan(self, now: float, limit: int | None) -> None:
        members = process_table.family(self.process.pid, self.mark)
        threads = sum(map(process_table.thread_count, members))
        if threads > self.bounds.pids:
            self.crowded = True
            self.why_killed = f"more than {self.bounds.pids} processes and threads"
        elif limit is not None and sum(map(process_table.resident_bytes, members)) > limit:
            self._memory_exceeded(limit)
        spent = time.monotonic() - now
        self.next_scan = now + max(SCAN_SECONDS, process_table.SCAN_SHARE * spent)

    def _memory_exceeded(self, limit: int) -> None:
        self.out_of_memory = True
        self.why_killed = f"more than {limit} bytes of memory"


def run_process(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    working_folder: Path,
    folder: RunFolder,
    mark: str,
    cpu_set: Sequence[int],
    bounds: Bounds,
    should_stop: ShouldStop,
) -> RunExit:
    """Run `command` to its end. On return, and on every error, nothing of it is left running."""
    kills_before = process_table.kernel_kills()
    own_peak = process_table.peak_bytes(os.getpid())
    threads_before = process_table.all_threads()
    with folder.stdout.open("wb", 0) as stdout, folder.stderr.open("wb", 0) as stderr:
        started = time.monotonic()
        process = _start(command, environment, working_folder, mark)
        captures = _captures(process, (stdout, stderr), bounds.output_bytes + 1)
        watch = _Watch(
            process, mark, bounds, should_stop, started, threads_before, captures, folder.root
        )
        with process_table.urgently():
            try:
                process_table.bound_processes(process.pid, bounds.pids)
                process_table.bound_files(process.pid, LARGEST_FILE_BYTES)
                _bind(process.pid, cpu_set)
                _follow(watch)
                wall = time.monotonic() - started
            finally:
                usage = _end(watch)
        if not watch.why_killed:
            watch.look_at_folder(at_end=True)
        if watch.why_killed:
            captures[1].keep(f"\namun: the run was ended: {watch.why_killed}\n".encode())
    return _exit(watch, usage.ru_maxrss * 1024, own_peak, wall, kills_before)


def _end(watch: _Watch) -> resource.struct_rusage:
    """End whatever is left of the run and take what it printed last."""
    process = watch.process
    process_table.end_family(process.pid, watch.mark)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process_table.end_marked(process_table.RUN_MARK, watch.mark)
    _take_rest(watch)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    return usage


def _start(
    command: Sequence[str], environment: Mapping[str, str], working_folder: Path, mark: str
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(command),
            env={**environment, process_table.RUN_MARK: mark},
            cwd=working_folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
    except OSError as error:
        raise EngineError(f"{command[0]} cannot be started: {error.strerror}") from error


def _bind(pid: int, cpu_set: Sequence[int]) -> None:
    """Keep the run on its CPUs from its first instruction on, as far as the host has them."""
    allowed = os.sched_getaffinity(0) & set(cpu_set)
    if allowed:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, allowed)


def _captures(
    process: subprocess.Popen[bytes], files: tuple[BinaryIO, BinaryIO], room: int
) -> list[_Capture]:
    captures = []
    for pipe, file in zip((process.stdout, process.stderr), files, strict=True):
        if pipe is not None:
            os.set_blocking(pipe.fileno(), False)
            captures.append(_Capture(pipe.fileno(), file, room))
    return captures


def _follow(watch: _Watch) -> None:
    """Wait for the end of the process, moving its output, or until a bound is passed."""
    ended = os.pidfd_open(watch.process.pid)
    by_pipe = {capture.pipe: capture for capture in watch.captures}
    try:
        poll = select.poll()
        for descriptor in (ended, *by_pipe):
            poll.register(descriptor, select.POLLIN)
        next_look = 0.0
        while True:
            ready = [descriptor for descriptor, _ in poll.poll(LOOK_MILLISECONDS)]
            for descriptor in ready:
                capture = by_pipe.get(descriptor)
                if capture is not None:
                    capture.take()
                    if not capture.open:
                        poll.unregister(descriptor)
            if ended in ready:
                return
            full = any(capture.room <= 0 for capture in watch.captures)
            now = time.monotonic()
            if full or now >= next_look:  # a chatty run is not looked at for each of its lines
                next_look = now + LOOK_MILLISECONDS / 1000
                if watch.look():
                    return
    finally:
        os.close(ended)


def _take_rest(watch: _Watch) -> None:
    """Take what was printed before the end and is still in the pipes."""
    for capture in watch.captures:
        while capture.open and capture.room > 0:
            before = capture.room
            capture.take()
            if capture.room == before:
                break
        if capture.room <= 0:
            watch.overflow = True


def _exit(watch: _Watch, peak_bytes: int, own_peak: int, wall: float, kills_before: int) -> RunExit:
    code = watch.process.returncode
    number = -code if code < 0 else None
    killed_by_kernel = (
        number == signal.SIGKILL
        and not watch.why_killed
        and process_table.kernel_kills() > kills_before
    )
    # the kernel counts the moment before exec too, when the child was a copy of this process: up
    # to our own size its figure says nothing, and what was seen while the run lasted is better
    peak = peak_bytes if peak_bytes > own_peak else watch.peak_bytes or None
    return RunExit(
        exit_code=code if code >= 0 else None,
        signal=number,
        oom_killed=watch.out_of_memory or killed_by_kernel,
        timed_out=watch.timed_out,
        output_overflow=watch.overflow,
        wall_seconds=wall,
        peak_rss_bytes=peak,
        crowded=watch.crowded,
        wrote_too_much=watch.wrote_too_much,
        disk_full=watch.disk_full,
    )
