"""Whether a case fits memory and budget, with how many runs and repeats. Pure.

The rule's repeats come first: where they do not fit with all runs, there are fewer runs, down to
one. Where they do not fit even then, there are fewer repeats in one run, at least three. A number
of runs that was asked for stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amun_client.quantities import size, time_span
from amun_client.suite.ask import Ask
from amun_client.suite.choices import DEFAULT_RUNS, SuiteChoices
from amun_client.suite.prediction import SECONDS_PER_BYTE, SHORTEST_ITERATION_SECONDS, Predictor

#: Fewer repeats than this tell nothing.
LEAST_REPEATS = 3
#: More iterations than this are not kept of one run. Calls so short that a rule wants more of them
#: are timed several at a time, so that there are as many calls all the same.
MOST_ITERATIONS = 30_000


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a case is called by its source's rule."""

    warmups: int
    repeats: int

    @property
    def iterations(self) -> int:
        """Iterations that a run has for it."""
        return min(self.repeats, MOST_ITERATIONS)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a case is measured; `seconds` is what that will take, None where nobody knows.

    `repeats` are iterations after the warm-up.
    """

    runs: int
    repeats: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a case is left out, with the figure."""

    why: str


@dataclass(frozen=True, slots=True)
class _Costs:
    """What a run of every phase costs, and what one more call of every phase does, s."""

    run: float
    call: float

    def seconds(self, runs: int, calls: int) -> float:
        return runs * (self.run + calls * self.call)


def fit(asks: Sequence[Ask], rule: Rule, choices: SuiteChoices, predictor: Predictor) -> Fit | Skip:
    """How the phases of one case are measured, or why they are not."""
    needed = max(ask.held_bytes for ask in asks)
    limit = choices.memory_bytes
    if limit is not None and needed > limit:
        return Skip(f"needs {size(needed)} of {size(limit)} of memory")
    costs = _costs(asks, predictor)
    wanted = choices.runs or DEFAULT_RUNS
    if costs is None:
        return Fit(wanted, rule.iterations, None)
    fewest = wanted if choices.runs else 1
    for runs in range(wanted, fewest - 1, -1):
        seconds = costs.seconds(runs, rule.warmups + rule.iterations)
        if seconds <= choices.budget_seconds:
            return Fit(runs, rule.iterations, seconds)
    affordable = int((choices.budget_seconds / fewest - costs.run) / costs.call) - rule.warmups
    least = min(LEAST_REPEATS, rule.iterations)
    if affordable < least:
        seconds = costs.seconds(fewest, rule.warmups + least)
        return Skip(
            f"predicted {time_span(seconds)} for {least} repeats, "
            f"budget {time_span(choices.budget_seconds)}"
        )
    repeats = min(affordable, rule.iterations)
    return Fit(fewest, repeats, costs.seconds(fewest, rule.warmups + repeats))


def _costs(asks: Sequence[Ask], predictor: Predictor) -> _Costs | None:
    run = call = 0.0
    for ask in asks:
        seconds = predictor.call_seconds(str(ask.indicator), ask.phase, ask.flop, ask.moved_bytes)
        if seconds is None:
            return None
        call += max(seconds, SHORTEST_ITERATION_SECONDS)
        run += predictor.startup_seconds + ask.held_bytes * SECONDS_PER_BYTE
    return _Costs(run, call)
