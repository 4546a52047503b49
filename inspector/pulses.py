"""How long ago something changed, by this process' own clock, which nobody sets back or forward."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable


class Pulses:
    """Values that others change while they live: the end of a lease, a sign of life."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Hashable, tuple[object, float]] = {}

    def still_seconds(self, key: Hashable, value: object) -> float:
        """Time since `key` was first seen with this very value, s; 0 where it is new."""
        now = self._clock()
        if key not in self._seen or self._seen[key][0] != value:
            self._seen[key] = (value, now)
        return now - self._seen[key][1]

    def keep(self, keys: Iterable[Hashable]) -> None:
        """Forget all others."""
        kept = set(keys)
        self._seen = {key: seen for key, seen in self._seen.items() if key in kept}
