"""One run in one fresh container: start, watch, bound, end, remove."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.states import FailureReason
from inspector.engines.base import (
    FOLDER_ENTRIES,
    FOLDER_SECONDS,
    FOLDER_SHARE,
    RunExit,
    RunFolder,
    ShouldStop,
    StoppedError,
)
from inspector.engines.container_command import ContainerCommand, client_environment
from inspector.engines.container_start import ContainerStart
from inspector.leftovers import DISK_FULL_ERRORS, NotReadError, read_left, used

#: How often a run is looked at while it prints nothing, s.
LOOK_SECONDS = 0.1
#: Largest size of the output folder, bytes: the result document is a few megabytes at most.
OUTPUT_FOLDER_BYTES = 512 * 1024**2

#: What engines and the kernel say of limits that are too low.
_TOO_LITTLE_MEMORY = re.compile(r"[Mm]inimum memory limit|memory limit too low|OOM-killed")
_TOO_LITTLE_CPU = re.compile(r"cfs_quota|cpu\.max|NanoCPUs|CPU cfs quota|Range of CPUs")


@dataclass(slots=True)
class _Watch:
    """What the run may do, and what it was found to do."""

    deadline: float
    output_bytes: int
    folder: RunFolder
    should_stop: ShouldStop
    stopped: bool = False
    timed_out: bool = False
    overflow: bool = False
    wrote_too_much: bool = False
    disk_full: bool = False
    next_size: float = 0.0

    @property
    def over(self) -> bool:
        """True once the run must be ended."""
        if self.should_stop():
            self.stopped = True
        elif time.monotonic() >= self.deadline:
            self.timed_out = True
        else:
            self._look_at_folder()
        return (
            self.stopped or self.timed_out or self.overflow or self.wrote_too_much or self.disk_full
        )

    def _look_at_folder(self) -> None:
        """The folder that a run may write to is on the host's disk: it has a bound too."""
        now = time.monotonic()
        if now < self.next_size:
            return
        size, entries = used(self.folder.result.parent, FOLDER_ENTRIES)
        self.wrote_too_much = size > OUTPUT_FOLDER_BYTES or entries > FOLDER_ENTRIES
        spent = time.monotonic() - now
        self.next_size = now + max(FOLDER_SECONDS, FOLDER_SHARE * spent)


def run_container(
    command: ContainerCommand,
    start: ContainerStart,
    folder: RunFolder,
    *,
    seconds: float,
    output_bytes: int,
    should_stop: ShouldStop,
) -> RunExit:
    """Run to the end. On return, and on every error, the container is gone."""
    watch = _Watch(time.monotonic() + seconds, output_bytes, folder, should_stop)
    arguments, variables = start.arguments(command)
    began = time.monotonic()
    try:
        with subprocess.Popen(
            [command.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=client_environment(variables),
            start_new_session=True,
        ) as client:
            try:
                _capture(client, watch)
                _await_end(client, watch)
            finally:
                if client.poll() is None:
                    command.end_container(start.name, client)
        wall = time.monotonic() - began
        document = command.inspect("container", start.name)
    finally:
        command.remove(start.name)
    if watch.stopped:
        raise StoppedError
    return _exit(command, document, watch, wall)


def _capture(client: subprocess.Popen[bytes], watch: _Watch) -> None:
    """Copy what the run prints into its files until both ends close or the run must end."""
    sizes: dict[int, int] = {}
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for pipe, path in (
            (client.stdout, watch.folder.stdout),
            (client.stderr, watch.folder.stderr),
        ):
            if pipe is not None:
                selector.register(
                    pipe, selectors.EVENT_READ, stack.enter_context(path.open("wb", 0))
                )
                sizes[pipe.fileno()] = 0
        while selector.get_map() and not watch.over:
            for key, _ in selector.select(LOOK_SECONDS):
                piece = os.read(key.fd, 256 * 1024)
                if not piece:
                    selector.unregister(key.fileobj)
                    continue
                # one byte beyond the bound is kept, so that the overflow can be seen in the file
                room = watch.output_bytes + 1 - sizes[key.fd]
                watch.disk_full |= not _written(key.data, piece[:room])
                sizes[key.fd] += min(len(piece), room)
                watch.overflow |= sizes[key.fd] > watch.output_bytes


def _await_end(client: subprocess.Popen[bytes], watch: _Watch) -> None:
    """A run may close its output and go on: its bounds hold until the client ends."""
    while not watch.over:
        with suppress(subprocess.TimeoutExpired):
            client.wait(LOOK_SECONDS)
            return


def _written(file: IO[bytes], piece: bytes) -> bool:
    """False where the disk is full: the run is ended for that, and the measurer goes on."""
    try:
        file.write(piece)
    except OSError as error:
        if error.errno not in DISK_FULL_ERRORS:
            raise
        return False
    return True


def _exit(
    command: ContainerCommand, document: dict[str, Any] | None, watch: _Watch, wall: float
) -> RunExit:
    if document is None:
        _refuse_too_little(_first_line(watch.folder))
        said = _first_line(watch.folder) or "the container was removed by somebody else"
        raise EngineError(f"{command.kind} lost the container of the run: {said}")
    state = document["State"]
    code = int(state.get("ExitCode", -1))
    ended_by_us = watch.overflow or watch.timed_out or watch.wrote_too_much or watch.disk_full
    if not ended_by_us and not _started(state):
        said = str(state.get("Error") or "") or _first_line(watch.folder)
        _refuse_too_little(said)
        raise EngineError(f"{command.kind} could not start the run: {said}")
    # a shell's convention, kept by both engines: 128 + signal
    signal = code - 128 if 128 < code <= 128 + 64 else None
    return RunExit(
        exit_code=None if signal else code,
        signal=signal,
        oom_killed=bool(state.get("OOMKilled")) and code != 0,
        timed_out=watch.timed_out,
        output_overflow=watch.overflow,
        wall_seconds=_wall(state, wall),
        peak_rss_bytes=None,  # the run tells it: what it left is read in one place
        wrote_too_much=watch.wrote_too_much,
        disk_full=watch.disk_full,
    )


def _refuse_too_little(said: str) -> None:
    """A limit below what the engine takes is the request's mistake, not the engine's."""
    if _TOO_LITTLE_MEMORY.search(said):
        message = f"the memory limit is too low to start the run: {said[:300]}"
        raise AttemptFailedError(FailureReason.OUT_OF_MEMORY, message)
    if _TOO_LITTLE_CPU.search(said):
        message = f"the engine does not take the CPU limit: {said[:300]}"
        raise AttemptFailedError(FailureReason.HARDWARE_MISMATCH, message)


def _started(state: dict[str, Any]) -> bool:
    return not str(state.get("StartedAt", "")).startswith("0001") and not (
        state.get("Error") and int(state.get("ExitCode", 0)) in {125, 126, 127, 128}
    )


def _first_line(folder: RunFolder) -> str:
    with suppress(NotReadError):
        printed = read_left(folder.stderr, 500, within=folder.root, cut=True) or b""
        return printed.decode("utf-8", "replace").partition("\n")[0].strip()
    return ""


def _wall(state: dict[str, Any], fallback: float) -> float:
    """Time between start and end as the engine saw them, s."""
    try:
        started, finished = (
            # the engine gives nanoseconds, datetime takes microseconds
            datetime.fromisoformat(_microseconds(str(state[name])))
            for name in ("StartedAt", "FinishedAt")
        )
    except (KeyError, ValueError):
        return fallback
    seconds = (finished - started).total_seconds()
    return seconds if 0 <= seconds <= fallback + 1 else fallback


def _microseconds(text: str) -> str:
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}{dot}{rest[: min(digits, 6)]}{rest[digits:]}"
