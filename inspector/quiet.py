"""Quiet on the host: no build works beside a run, and no run beside another.

Two file locks under HOME/locks, held by open files, so that the kernel gives them back when a
process dies. `room` is shared by builds and taken alone by a run. Everybody passes through `door`
to get `room`, so neither a row of builds nor a row of runs keeps the other out for long.

The store's measuring lease of the host guards against another installation on the same host that
works for the same database; these locks guard within one installation, builds included.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from inspector.engines.base import ShouldStop, StoppedError

#: Pause between two tries for a lock, s.
POLL_SECONDS = 0.02


class HostQuiet:
    """The two locks of one home."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "locks"

    @contextlib.contextmanager
    def building(
        self, should_stop: ShouldStop, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Work that disturbs, beside other such work, never beside a run."""
        with self._entered(fcntl.LOCK_SH, should_stop, waiting):
            yield

    @contextlib.contextmanager
    def measuring(
        self, should_stop: ShouldStop, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """One run, alone. `waiting` is called once if it has to wait; StoppedError if told to stop."""
        with self._entered(fcntl.LOCK_EX, should_stop, waiting):
            yield

    @contextlib.contextmanager
    def _entered(
        self, mode: int, should_stop: ShouldStop, waiting: Callable[[], None]
    ) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._open("room") as room:
            with self._open("door") as door:
                told = self._take(door, fcntl.LOCK_EX, should_stop, waiting, told=False)
                self._take(room, mode, should_stop, waiting, told=told)
            yield

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[int]:
        # a child that inherited the open file would hold the lock on: closed on exec
        descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _take(
        self,
        descriptor: int,
        mode: int,
        should_stop: ShouldStop,
        waiting: Callable[[], None],
        *,
        told: bool,
    ) -> bool:
        """Take one lock; returns whether `waiting` was called."""
        while True:
            try:
                fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                if not told:
                    waiting()
                told = True
                if should_stop():
                    raise StoppedError from None
                time.sleep(POLL_SECONDS)
            else:
                return told
