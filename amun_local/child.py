"""One process of the service: started, its output logged, its death noticed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from amun_local.backoff import Backoff
from amun_local.process_identity import ProcessIdentity, with_descendants
from amun_local.process_table import ManagedProcess
from amun_local.rolling_log import RollingLog
from amun_local.state_file import ProcessRecord

LAUNCHER = Path(__file__).with_name("launcher.py")


class Child:
    """A managed process and its history. Not thread-safe: the supervisor's main thread owns it."""

    def __init__(
        self, managed: ManagedProcess, log: RollingLog, *, backoff: Backoff | None = None
    ) -> None:
        self.managed = managed
        self.log = log
        self.restarts = 0
        self.last_end: str | None = None
        #: monotonic time of the next start; None while it runs
        self.due: float | None = None
        self._backoff = backoff or Backoff()
        self._deaths = 0
        self._ended_because: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: ProcessIdentity | None = None
        self._started = 0.0
        self._started_at: float | None = None

    @property
    def name(self) -> str:
        """The name of the process."""
        return self.managed.name

    @property
    def running(self) -> bool:
        """True from its start until its death was noticed."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """Its pid while it runs."""
        return self._process.pid if self._process else None

    @property
    def age_seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._started if self._process else 0.0

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        """Start it. Must be called from the main thread: the kernel ties the child to that."""
        command = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())]
        self._process = subprocess.Popen(
            [*command, *self.managed.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            bufsize=0,
        )
        self._identity = ProcessIdentity.of(self._process.pid)
        self._started, self._started_at, self.due = time.monotonic(), time.time(), None
        threading.Thread(
            target=_pump, args=(self._process, self.log), name=f"log-{self.name}", daemon=True
        ).start()

    def end(self, why: str) -> None:
        """Kill it with all that it started: a process that is stopped or hangs does not hear SIGTERM."""
        process = self.process()
        if process is None:
            return
        self._ended_because = why
        for one in reversed(with_descendants([process])):
            with contextlib.suppress(psutil.Error):
                one.kill()

    def noticed_death(self) -> bool:
        """True once after the process ended; then `due` says when to start it again."""
        if self._process is None or self._process.poll() is None:
            return False
        lived = time.monotonic() - self._started
        self.last_end = self._ended_because or describe_end(self._process.returncode)
        self._ended_because = None
        self._deaths = self._backoff.deaths_in_a_row(self._deaths, lived)
        self._process, self._identity = None, None
        self.due = time.monotonic() + self._backoff.wait_seconds(self._deaths)
        self.restarts += 1
        return True

    def process(self) -> psutil.Process | None:
        """The living process."""
        return self._identity.process() if self._identity else None

    def record(self) -> ProcessRecord:
        """What the state file says about it."""
        return ProcessRecord(
            name=self.name,
            pid=self._identity.pid if self._identity else None,
            created=self._identity.created if self._identity else None,
            started_at=self._started_at,
            restarts=self.restarts,
            last_end=self.last_end,
        )


def describe_end(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return f"signal {signal.Signals(-returncode).name}"
    except ValueError:
        return f"signal {-returncode}"


def _pump(process: subprocess.Popen[bytes], log: RollingLog) -> None:
    if process.stdout is None:
        return
    with process.stdout as stream:
        while data := stream.read(65536):
            log.write(data)
