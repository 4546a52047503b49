"""Signals as something to wait for: the supervisor sleeps until one comes or a time is over.

Not a poll: the service must not disturb what is measured on the same machine.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self

PR_SET_CHILD_SUBREAPER = 36
STOPPING = (signal.SIGTERM, signal.SIGINT)


class SignalWaiter:
    """Catches the signals of stopping and of children that end. Main thread only."""

    def __init__(self) -> None:
        self.stops = 0
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (*STOPPING, signal.SIGCHLD):
            self._previous[number] = signal.signal(number, self._caught)
        # the terminal that started the service may close
        self._previous[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        os.close(self._reader)
        os.close(self._writer)

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if number in STOPPING:
            self.stops += 1

    def wait(self, seconds: float) -> None:
        """Sleep until a signal comes, at most for `seconds`."""
        ready, _, _ = select.select([self._reader], [], [], max(0.0, seconds))
        while ready:
            try:
                if len(os.read(self._reader, 4096)) < 4096:
                    return
            except BlockingIOError:
                return


def adopt_orphans() -> None:
    """Ask the kernel that descendants whose parent dies become our children: none gets away."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
