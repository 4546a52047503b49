"""Draining: a worker that is told to end stops its work in hand, gives it back and goes."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from celery import signals


class Drain:
    """A flag that is set once, by a signal, and asked often by the work in hand."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def start(self) -> None:
        """Ask the work in hand to stop."""
        self._event.set()

    def started(self) -> bool:
        """True as soon as this process shall end."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but no longer than until the drain starts. True if it has started."""
        return self._event.wait(seconds)

    def on_signals(self) -> None:
        """Start on SIGTERM and SIGINT: for processes that run their own loop."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self.start()

        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)

    def on_worker_shutdown(self) -> None:
        """Start when Celery is told to end.

        Celery sends this from inside its signal handler, so it arrives while a task of the solo
        pool occupies the main thread. Celery itself would wait for that task for ever.
        """
        signals.worker_shutting_down.connect(  # type: ignore[no-untyped-call]
            self._on_shutdown, weak=False
        )

    def _on_shutdown(self, **_details: object) -> None:
        self.start()
