"""Who may ask next: so many at once, and of those who wait the most urgent first.

A page leads to everything of a project, so pages go before the metadata of single files: otherwise
the last page found would wait behind thousands of requests that lead nowhere new.

It begins with few places. Another is added while some wait and the core has time for it: connections
beyond those that keep a core busy only take it for their handshakes, from answers that lead on.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

#: What leads to everything of a project, what leads on to one file, and what leads nowhere.
FIRST, SOON, LAST = range(3)
#: A place is added every so often, s.
STEP_SECONDS = 0.005
#: The core is busy where a timer of the loop rings later than this, s.
BUSY_SECONDS = 0.002


class Turns:
    """A semaphore with a queue by urgency; equals go in the order in which they came.

    It begins with `first` of its places. So many as `beyond` may leave theirs while they go on.
    """

    def __init__(self, places: int, first: int | None = None, *, beyond: int = 0) -> None:
        self._free = places if first is None else min(first, places)
        self._held_back = places - self._free
        self._room_beyond = beyond
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._growing = False

    @asynccontextmanager
    async def one(self, order: int) -> AsyncIterator[Callable[[], None]]:
        """Hold a place; the smallest `order` gets the next free one.

        What it gives is called, once at most, to leave the place to another and go on beyond.
        """
        await self._take(order)
        is_beyond = False

        def leave() -> None:
            nonlocal is_beyond
            if self._room_beyond:
                self._room_beyond -= 1
                is_beyond = True
                self._give()

        try:
            yield leave
        finally:
            if is_beyond:
                self._room_beyond += 1
            else:
                self._give()

    async def _take(self, order: int) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (order, next(self._numbers), turn))
        self._grow_later()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()  # the place came at the same moment: it goes on to the next
            raise

    def _give(self) -> None:
        self._free += 1
        self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting and self._free:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                self._free -= 1
                turn.set_result(None)

    def _grow_later(self) -> None:
        if self._held_back and not self._growing:
            self._growing = True
            loop = asyncio.get_running_loop()
            due = loop.time() + STEP_SECONDS
            loop.call_at(due, self._grow, loop, due)

    def _grow(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._growing = False
        if self._waiting and loop.time() - due < BUSY_SECONDS:
            self._held_back -= 1
            self._free += 1
            self._pass_on()
        if self._waiting:
            self._grow_later()
