"""How long to wait before a process that died is started again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling waits, capped; a process that lived long enough starts from the first wait again."""

    first_seconds: float = 0.2
    cap_seconds: float = 10.0
    settled_seconds: float = 30.0

    def wait_seconds(self, deaths: int) -> float:
        """Wait after the `deaths`-th death in a row (1 is the first)."""
        # the exponent is bounded before the power: a process may die thousands of times
        return float(min(self.cap_seconds, self.first_seconds * 2.0 ** min(deaths - 1, 32)))

    def deaths_in_a_row(self, before: int, lived_seconds: float) -> int:
        """Deaths in a row now that the process died after `lived_seconds`."""
        return 1 if lived_seconds >= self.settled_seconds else before + 1
