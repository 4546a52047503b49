"""When a request went out, and whether its answer is late.

Neither what came before nor what this program is slow at counts: opening a connection takes longer than
an answer, and a loop that parses a page has answers waiting that it has not looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

#: What a busy loop has read already becomes an answer within so many of its rounds.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """What is looked at when the turn of a request has come: much is learned while it waits.

    `wanted`: whether it is asked at all; `late` is called where it has no answer after `late_after()`
    seconds.
    """

    wanted: Callable[[], bool]
    late_after: Callable[[], float]
    late: Callable[[], None]


class Sent:
    """One request on its way. `on_late` is called before what its terms say."""

    def __init__(self, terms: Terms | None, on_late: Callable[[], None]) -> None:
        self._terms = terms
        self._on_late = on_late
        self._at = perf_counter()
        self._timer: asyncio.Handle | None = None

    @property
    def seconds(self) -> float:
        """Since it was sent."""
        return perf_counter() - self._at

    def now(self) -> None:
        """It was sent."""
        self._at = perf_counter()
        if self._terms is not None and self._timer is None:
            after = self._terms.late_after()
            self._timer = asyncio.get_running_loop().call_later(after, self._due, ROUNDS)

    def answered(self) -> None:
        """Its answer is there, or will not come."""
        if self._timer is not None:
            self._timer.cancel()

    def _due(self, rounds: int) -> None:
        """Late, if no answer comes of what the busy loop has read already but not looked at yet."""
        if rounds:
            self._timer = asyncio.get_running_loop().call_soon(self._due, rounds - 1)
        elif self._terms is not None:
            self._on_late()
            self._terms.late()
