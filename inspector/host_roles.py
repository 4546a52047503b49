"""`python -m inspector host`: all processes of a host that measures, started and kept by one command."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

import structlog

from amun_core.settings import Settings
from inspector.drain import Drain
from knowledge_graph import database

#: What a host that measures needs: without its own reaper what a killed measurer left stays there.
ROLES = ("reaper", "builder", "measurer")
#: Between two looks whether one has ended, s.
LOOK_SECONDS = 0.2
#: Pause before one that ended is started again, doubled with each end in a row, s.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: One that lived for so long has not failed in a row, s.
STEADY_SECONDS = 60.0
#: Time to give the work in hand back, s.
END_SECONDS = 20.0
#: How a role is started.
COMMAND = (sys.executable, "-P", "-m", "inspector")
_PR_SET_PDEATHSIG = 1


@dataclass
class _Kept:
    """One process, and when it is started again."""

    role: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due: float = 0.0
    pause: float = field(default=FIRST_PAUSE)

    def look(self, now: float) -> None:
        """Start it where it is due; notice its end."""
        if self.process is None:
            if now >= self.due:
                self.process, self.started_at = _start(self.role), now
        elif (code := self.process.poll()) is not None:
            if now - self.started_at > STEADY_SECONDS:
                self.pause = FIRST_PAUSE
            _log().warning("ended", role=self.role, code=code, again_in_s=self.pause)
            self.process, self.due = None, now + self.pause
            self.pause = min(2 * self.pause, LONGEST_PAUSE)


def keep_host(settings: Settings) -> int:
    """Keep the processes of this host until SIGTERM; StorageError where the database is not ready."""
    database.check(settings.resolved_database_url)
    drain = Drain()
    drain.on_signals()
    kept = [_Kept(role) for role in ROLES]
    try:
        while not drain.started():
            for one in kept:
                one.look(time.monotonic())
            drain.wait(LOOK_SECONDS)
    finally:
        _end(kept)
    return 0


def _start(role: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*COMMAND, role],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - before any thread of this process exists
    )
    _log().info("started", role=role, pid=process.pid)
    return process


def _die_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _end(kept: list[_Kept]) -> None:
    """Tell all to end; kill what does not within its time."""
    ends_at = time.monotonic() + END_SECONDS
    for one in reversed(kept):
        if one.process is not None:
            one.process.terminate()
    for one in reversed(kept):
        if one.process is None:
            continue
        try:
            one.process.wait(max(0.1, ends_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log().warning("killed", role=one.role)
            one.process.kill()
            one.process.wait(5)


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
