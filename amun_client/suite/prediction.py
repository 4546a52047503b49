"""How long one call of a case will take: from calibrations, corrected by what was measured since.

A call takes at least as long as its operations at the rate of the arithmetic calibration, and as
its bytes at the rate of the memory calibration. Real cases differ from both; so the figure is
multiplied by what the most alike measured case took in proportion to its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

ARITHMETIC = "arithmetic"
MEMORY = "memory"
CASE = "case"

#: An iteration is never shorter than this: shorter calls are timed several at a time.
SHORTEST_ITERATION_SECONDS = 1e-4
#: Making and checking the data of a run, for each byte, on a slow processor.
SECONDS_PER_BYTE = 2e-8


@dataclass(frozen=True, slots=True)
class Observation:
    """What one measured problem took for each call, and its runs beside their calls."""

    kind: str
    indicator: str
    phase: str | None
    flop: int | None
    moved_bytes: int
    seconds: float
    startup_seconds: float


class Predictor:
    """Foretells times; learns from each case that is measured."""

    def __init__(self, observations: Iterable[Observation] = ()) -> None:
        self._calibrations: list[Observation] = []
        self._cases: list[Observation] = []
        for observation in observations:
            self.learn(observation)

    def learn(self, observation: Observation) -> None:
        """Take one more measured problem into account."""
        (self._cases if observation.kind == CASE else self._calibrations).append(observation)

    @property
    def startup_seconds(self) -> float:
        """What a run takes beside its calls and its data."""
        known = [one.startup_seconds for one in self._calibrations or self._cases]
        return sum(known) / len(known) if known else 0.0

    def call_seconds(
        self, indicator: str, phase: str, flop: int | None, moved_bytes: int
    ) -> float | None:
        """One call, s; None where nothing like it was ever measured."""
        plain = self._plain(indicator, flop, moved_bytes)
        if plain is None:
            return None
        alike = self._most_alike(indicator, phase, flop, moved_bytes)
        if alike is None:
            return plain
        of_alike = self._plain(indicator, alike.flop, alike.moved_bytes)
        return plain * alike.seconds / of_alike if of_alike else plain

    def _plain(self, indicator: str, flop: int | None, moved_bytes: int) -> float | None:
        bounds = []
        for one in self._calibrations:
            if one.indicator != indicator:
                continue
            if one.kind == ARITHMETIC and one.flop and flop is not None:
                bounds.append(flop * one.seconds / one.flop)
            elif one.kind == MEMORY:
                bounds.append(moved_bytes * one.seconds / one.moved_bytes)
        return max(bounds, default=None)

    def _most_alike(
        self, indicator: str, phase: str, flop: int | None, moved_bytes: int
    ) -> Observation | None:
        same = [one for one in self._cases if one.indicator == indicator]
        same = [one for one in same if one.phase == phase] or same
        return min(
            same,
            key=lambda one: math.dist(_place(flop, moved_bytes), _place(one.flop, one.moved_bytes)),
            default=None,
        )


def _place(flop: int | None, moved_bytes: int) -> tuple[float, float]:
    return math.log(max(flop or 1, 1)), math.log(max(moved_bytes, 1))
