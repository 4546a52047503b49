"""The numbers of one measured phase: the median that every table shows, the mean by its source's rule.

The mean is what the source publishes, and one stretch of a busy host is all of it: 0.59 GFLOPS beside
a median of 58.5 was seen. So the figure of a case is the median of the record, everywhere; the mean
stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Protocol

from amun_client.suite import identity

Document = Mapping[str, Any]


class Reader(Protocol):
    """What can read the result of an inspection."""

    def results(self, identity: str) -> dict[str, Any]:
        """The result."""

    def runs(self, identity: str, *, samples: bool = False) -> dict[str, Any]:
        """The runs."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured: the result's own summary, `mean_s` by the rule, and what a run costs."""

    mean_s: float
    repeats: int
    warmups: int
    startup_s: float
    result: Document

    @property
    def summary(self) -> Document:
        """Medians over runs with their intervals."""
        found: Document = self.result["summary"]
        return found

    @property
    def time_s(self) -> float:
        """Seconds of one call, the same in every table: the median over fresh runs."""
        median = self.summary["median_elapsed_s"]
        return float(median) if median else self.mean_s

    @property
    def disturbed_runs(self) -> int:
        """Runs beside which something else used the host."""
        return int(self.summary.get("disturbed_runs") or 0)


def read(client: Reader, inspection: Document) -> Reading | None:
    """The numbers of an inspection; None where no run was accepted."""
    name = str(inspection["id"])
    result = client.results(name)
    runs = [run for run in client.runs(name, samples=True)["runs"] if run["accepted"]]
    runs = [run for run in runs if run.get("seconds")]
    if not runs or not result["summary"]:
        return None
    labels = inspection["labels"]
    warmups = int(labels.get(identity.WARMUPS, 0))
    loops = [loop(run, warmups) for run in runs]
    return Reading(
        mean_s=sum(one.seconds for one in loops) / sum(one.calls for one in loops),
        repeats=min(one.calls for one in loops),
        warmups=warmups,
        startup_s=fmean(max(0.0, run["wall_s"] - loop(run, 0).seconds) for run in runs),
        result=result,
    )


@dataclass(frozen=True, slots=True)
class Loop:
    """Calls one after the other, and the time of all of them."""

    calls: int
    seconds: float


def loop(run: Document, warmups: int) -> Loop:
    """The calls of a run that count by the rule: all but the warm-up calls before them.

    Behind an iteration may be several calls: the first few iterations are single ones, each of the
    others is the mean of `loops` calls.
    """
    facts = run.get("facts") or {}
    leading, behind = int(facts.get("leading") or 0), int(facts.get("loops") or 1)
    seconds = run["seconds"]
    single = seconds[min(warmups, len(seconds) - 1) : leading]
    several = seconds[max(warmups, leading) :]
    if not single and not several:  # the warm-up is all there is
        return Loop(1, float(seconds[-1]))
    return Loop(len(single) + behind * len(several), float(sum(single) + behind * sum(several)))
