"""When a single inspection has run often enough: looks at fixed numbers of runs, and honest ends.

Estimand: the median over fresh processes (see `amun_statistics.median`). The goal is the relative
half-width of its order-statistic interval, which shrinks as runs are added; a measure of spread such
as IQR / median would not.

Looking again and again until the interval is narrow favours intervals that are narrow by luck: with
the ranks of a single look at 95 %, an interval that was stopped at covers as little as 92.7 % of the
time. So there are few looks, and each takes the ranks of 96.5 %: wherever it stops the interval then
holds the truth in 95 to 97 % of simulated inspections, in 94 % where the noise has two modes and the
cap is the highest (`python -m amun_statistics.coverage` prints the table, tests hold it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from amun_statistics.median import MedianInterval, median, median_interval

#: Numbers of runs at which the interval is looked at. Six is the first that has one; each further
#: look adds about 40 %, so that at most that much is measured in vain.
LOOKS = (6, 8, 11, 15, 21, 30, 42, 60, 85, 120, 170, 240)

#: The fewest and the most runs of an inspection that stops by itself.
FEWEST_RUNS, MOST_RUNS = LOOKS[0], LOOKS[-1]

#: What the interval promises, and what its ranks are taken for so that the promise holds.
CONFIDENCE = 0.95
CONFIDENCE_AT_LOOK = 0.965


class StopRule(StrEnum):
    """What ended the measuring."""

    TARGET = "target"
    RUNS_CAP = "runs_cap"
    TIME_CAP = "time_cap"
    NO_VALUE = "no_value"


#: One line for each rule, for people.
RULE_MEANINGS: dict[StopRule, str] = {
    StopRule.TARGET: "the interval was as narrow as asked for",
    StopRule.RUNS_CAP: "the most runs that were allowed were made",
    StopRule.TIME_CAP: "the time that was allowed was spent",
    StopRule.NO_VALUE: "the runs tell no time, so there is nothing to be precise about",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """How narrow the interval shall be, and what may be spent on it.

    `fewest_runs` are made whatever they say and however long they take.
    """

    relative_half_width: float
    maximum_runs: int = 60
    maximum_seconds: float = 300.0
    fewest_runs: int = FEWEST_RUNS


@dataclass(frozen=True, slots=True)
class Decision:
    """Go on (`stopped_by` is None) or stop, and what is known so far."""

    runs: int
    half_width: float | None
    stopped_by: StopRule | None

    @property
    def reached(self) -> bool:
        """True where the goal was met."""
        return self.stopped_by is StopRule.TARGET


def interval_at_look(values: Sequence[float]) -> MedianInterval | None:
    """The interval of the median that may be reported wherever the measuring stopped."""
    return median_interval(values, CONFIDENCE_AT_LOOK)


def relative_half_width(values: Sequence[float]) -> float | None:
    """Half the width of that interval in units of the median; None where there is no interval."""
    interval = interval_at_look(values)
    if interval is None:
        return None
    centre = median(values)
    if centre == 0:
        return 0.0 if interval.high == interval.low else None
    return (interval.high - interval.low) / 2 / abs(centre)


def look_due(runs: int, goal: Goal) -> bool:
    """Whether the interval is looked at after so many runs."""
    if runs < goal.fewest_runs:
        return False
    return runs in LOOKS or runs in {goal.fewest_runs, goal.maximum_runs}


def decide(goal: Goal, medians: Sequence[float], runs: int, seconds: float) -> Decision:
    """Whether another run is made after `runs` of them that took `seconds` in all.

    `medians` are the values of those runs that have one. Pure: the same facts, the same decision, so
    that whoever goes on with an inspection decides as its first measurer would have.
    """
    width = relative_half_width(medians)

    def ended(rule: StopRule | None) -> Decision:
        return Decision(runs, width, rule)

    if runs < goal.fewest_runs:
        return ended(None)
    if not medians:
        return ended(StopRule.NO_VALUE)
    if look_due(runs, goal) and width is not None and width <= goal.relative_half_width:
        return ended(StopRule.TARGET)
    if runs >= goal.maximum_runs:
        return ended(StopRule.RUNS_CAP)
    return ended(StopRule.TIME_CAP if seconds >= goal.maximum_seconds else None)
