"""Draining: a worker that is told to end stops its work in hand, gives it back and goes."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType


class Drain:
    """A flag that is set once, by a signal, and asked often by the work in hand.

    That it is asked is also the proof that the work goes on: `quiet_seconds` grows where a process
    hangs in a call, whether or not its other threads live.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._asked_at = time.monotonic()

    @property
    def quiet_seconds(self) -> float:
        """Time since the work of this process last asked whether it shall end, s."""
        return time.monotonic() - self._asked_at

    def start(self) -> None:
        """Ask the work in hand to stop."""
        self._event.set()

    def started(self) -> bool:
        """True as soon as this process shall end."""
        self._asked_at = time.monotonic()
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but no longer than until the drain starts. True if it has started."""
        self._asked_at = time.monotonic()
        return self._event.wait(seconds)

    def on_signals(self) -> None:
        """Start on SIGTERM and SIGINT: for processes that run their own loop."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self.start()

        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)
