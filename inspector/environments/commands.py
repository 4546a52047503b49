"""Start a command, pass on its lines as they come, end it and its children when told to."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspector.engines.base import ShouldStop, StoppedError

#: Time between two looks at `should_stop` while the command is silent, ms.
_TICK_MILLISECONDS = 50

#: Output that is kept for the classification of a failure, characters.
_KEPT_CHARACTERS = 64 * 1024


class CommandTimeoutError(Exception):
    """The deadline passed; the command and its children were killed."""


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """Exit code and the end of what was printed (stdout and stderr together)."""

    exit_code: int
    output: str


def run_command(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    deadline: float,
    on_line: Callable[[str], None],
    should_stop: ShouldStop,
) -> CommandEnd:
    """Run `command` in its own session until it ends, the `deadline` (monotonic) or a stop."""
    process = subprocess.Popen(
        list(command),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    lines = _Lines(on_line)
    try:
        _follow(process, lines, deadline, should_stop)
    finally:
        # children that outlive the command (a build backend's) go with it
        _kill_group(process.pid)
        exit_code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        lines.finish()
    return CommandEnd(exit_code, lines.kept)


def _follow(
    process: subprocess.Popen[bytes], lines: _Lines, deadline: float, should_stop: ShouldStop
) -> None:
    if process.stdout is None:
        raise RuntimeError("started without a pipe")
    pipe = process.stdout.fileno()
    ended = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        poll.register(ended, select.POLLIN)
        while True:
            ready = dict(poll.poll(_TICK_MILLISECONDS))
            if ended in ready:  # what it started may go on printing for ever
                _kill_group(process.pid)
            if pipe in ready:
                chunk = os.read(pipe, 65536)
                lines.feed(chunk)
                if not chunk:
                    poll.unregister(pipe)
            elif ended in ready:  # only once the pipe has nothing more
                return
            if should_stop():
                raise StoppedError
            if time.monotonic() > deadline:
                raise CommandTimeoutError
    finally:
        os.close(ended)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


class _Lines:
    """Cuts what arrives into lines and keeps the end of it."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = b""
        self.kept = ""

    def feed(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._line(line)

    def finish(self) -> None:
        if self._rest:
            self._line(self._rest)
            self._rest = b""

    def _line(self, raw: bytes) -> None:
        line = raw.decode("utf-8", errors="replace").rstrip("\r")
        self.kept = (self.kept + line + "\n")[-_KEPT_CHARACTERS:]
        self._on_line(line)
