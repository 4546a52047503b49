"""Who may ask next: so many at once, and of those who wait the most urgent first.

A page leads to everything of a project, so pages go before the metadata of single files: otherwise
the last page found would wait behind thousands of requests that lead nowhere new.

The beginning is slow: a few at once, and one more after each that is done. Opening all connections
at the same moment would keep a core busy with handshakes just when the first answers lead on.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count


class Turns:
    """A semaphore with a queue by urgency; equals go in the order in which they came."""

    def __init__(self, places: int, first: int | None = None) -> None:
        self._free = places if first is None else min(first, places)
        self._held_back = places - self._free
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def one(self, order: int) -> AsyncIterator[None]:
        """Hold a place; the smallest `order` gets the next free one."""
        await self._take(order)
        try:
            yield
        finally:
            self._give()

    async def _take(self, order: int) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (order, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()  # the place came at the same moment: it goes on to the next
            raise

    def _give(self) -> None:
        self._free += 1
        if self._held_back:
            self._held_back -= 1
            self._free += 1
        while self._waiting and self._free:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
