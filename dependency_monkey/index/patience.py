"""Two ways to one answer: the second is tried where the first is late, and whoever is first decides.

An index that does not say whether it gives METADATA alone says so by a 404, and one that we measured
took 150 to 240 ms for that and 20 ms for an answer. Waiting for each of them before the wheel is asked
makes chains that a small problem waits for. Requests that are late by what the others
took are known from the literature (J. Dean, L. A. Barroso: The Tail at Scale, CACM 56(2), 2013).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

#: Before the first answer has come, s.
FIRST_SECONDS = 0.15
#: No answer is late earlier than that, s.
LEAST_SECONDS = 0.01
#: Late is what takes so many times as long as usual.
TIMES = 2.5
#: How much of what is usual the last answer is.
_SHARE = 0.1

Late = Callable[[], None]
First = Callable[[Late], Coroutine[Any, Any, bytes | None]]
Second = Callable[[], Coroutine[Any, Any, bytes]]


class Patience:
    """How long answers take, and so when one is late."""

    def __init__(self) -> None:
        self._usual: float | None = None

    @property
    def seconds(self) -> float:
        """After so long without an answer it is late, s."""
        return FIRST_SECONDS if self._usual is None else max(LEAST_SECONDS, TIMES * self._usual)

    def took(self, seconds: float) -> None:
        """An answer came after so long."""
        usual = seconds if self._usual is None else self._usual
        self._usual = usual + _SHARE * (seconds - usual)


class Race:
    """Runs the two ways; what is still under way when it is closed is given up."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, first: First, second: Second) -> bytes:
        """What `first` brings, or else `second`, which starts when `first` is late or has nothing.

        `first` calls what it is given when it is late. Where neither brings anything, the error of
        the first, else that of the second is raised.
        """
        ended = asyncio.get_running_loop().create_future()
        tasks: list[asyncio.Task[bytes | None]] = []

        def start(way: Coroutine[Any, Any, bytes | None]) -> None:
            task = asyncio.create_task(way)
            self._running.add(task)
            task.add_done_callback(note)
            tasks.append(task)

        def note(task: asyncio.Task[bytes | None]) -> None:
            self._running.discard(task)
            brought = _brought(task) is not None
            if not ended.done() and (brought or all(one.done() for one in tasks)):
                ended.set_result(None)

        def late() -> None:
            if len(tasks) == 1 and not ended.done():
                start(second())

        start(first(late))
        try:
            await ended
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            raise
        for task in tasks:
            found = _brought(task) if task.done() else None
            if found is not None:
                return found
        for task in tasks:
            task.result()  # raises what went wrong
        return await second()

    async def close(self) -> None:
        """Give up what nobody waits for."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _brought(task: asyncio.Task[bytes | None]) -> bytes | None:
    if task.cancelled() or task.exception() is not None:
        return None
    return task.result()
