"""One run in one fresh container: start, watch, bound, end, remove."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from amun_core.errors import EngineError
from inspector.engines.base import RunExit, RunFolder, ShouldStop, StoppedError
from inspector.engines.container_command import ContainerCommand, client_environment
from inspector.engines.container_start import ContainerStart

#: How often a run is looked at while it prints nothing, s.
LOOK_SECONDS = 0.1
#: How often the size of the output folder is looked at, s.
SIZE_SECONDS = 1.0
#: Largest size of the output folder, bytes: the result document is a few megabytes at most.
OUTPUT_FOLDER_BYTES = 512 * 1024**2
#: Largest result document that is read for the peak memory, bytes.
LARGEST_RESULT_BYTES = 64 * 1024**2


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

    @property
    def over(self) -> bool:
        """True once the run must be ended."""
        if self.should_stop():
            self.stopped = True
        elif time.monotonic() >= self.deadline:
            self.timed_out = True
        return self.stopped or self.timed_out or self.overflow


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
        if folder.result.is_symlink():  # a run may not point us at a file of the host
            folder.result.unlink()
    if watch.stopped:
        raise StoppedError
    return _exit(command, document, watch, wall)


def _capture(client: subprocess.Popen[bytes], watch: _Watch) -> None:
    """Copy what the run prints into its files until both ends close or the run must end."""
    sizes: dict[int, int] = {}
    measured = time.monotonic()
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for pipe, path in (
            (client.stdout, watch.folder.stdout),
            (client.stderr, watch.folder.stderr),
        ):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, stack.enter_context(path.open("wb")))
                sizes[pipe.fileno()] = 0
        while selector.get_map() and not watch.over:
            for key, _ in selector.select(LOOK_SECONDS):
                piece = os.read(key.fd, 256 * 1024)
                if not piece:
                    selector.unregister(key.fileobj)
                    continue
                # one byte beyond the bound is kept, so that the overflow can be seen in the file
                room = watch.output_bytes + 1 - sizes[key.fd]
                _write(key.data, piece[:room])
                sizes[key.fd] += min(len(piece), room)
                watch.overflow |= sizes[key.fd] > watch.output_bytes
            if time.monotonic() - measured > SIZE_SECONDS:
                measured = time.monotonic()
                watch.overflow |= _folder_bytes(watch.folder.result.parent) > OUTPUT_FOLDER_BYTES


def _await_end(client: subprocess.Popen[bytes], watch: _Watch) -> None:
    """A run may close its output and go on: its bounds hold until the client ends."""
    while not watch.over:
        with suppress(subprocess.TimeoutExpired):
            client.wait(LOOK_SECONDS)
            return


def _write(file: IO[bytes], piece: bytes) -> None:
    file.write(piece)


def _folder_bytes(folder: Path) -> int:
    total = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(Path(inner, name)).st_blocks * 512
            except OSError:
                continue
    return total


def _exit(
    command: ContainerCommand, document: dict[str, Any] | None, watch: _Watch, wall: float
) -> RunExit:
    if document is None:
        said = _first_line(watch.folder.stderr) or "the container was removed by somebody else"
        raise EngineError(f"{command.kind} lost the container of the run: {said}")
    state = document["State"]
    code = int(state.get("ExitCode", -1))
    if not watch.overflow and not watch.timed_out and not _started(state):
        said = str(state.get("Error") or "") or _first_line(watch.folder.stderr)
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
        peak_rss_bytes=_peak(watch.folder.result),
    )


def _started(state: dict[str, Any]) -> bool:
    return not str(state.get("StartedAt", "")).startswith("0001") and not (
        state.get("Error") and int(state.get("ExitCode", 0)) in {125, 126, 127, 128}
    )


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as text:
            return text.readline(500).strip()
    except OSError:
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


def _peak(result: Path) -> int | None:
    """Peak memory as the run's own document tells it."""
    try:
        if result.stat().st_size > LARGEST_RESULT_BYTES:
            return None
        document = json.loads(result.read_bytes())
    except (OSError, ValueError):
        return None
    peak = document.get("peak_rss_bytes") if isinstance(document, dict) else None
    return peak if isinstance(peak, int) and not isinstance(peak, bool) and peak > 0 else None
