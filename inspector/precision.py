"""Whether another run is made and how long it is: facts so far in, decisions out. Pure.

Used where a plan has a `precision`. The first runs are a pilot; from them the number of iterations of
the later ones is chosen (`amun_statistics.levels`), and at fixed numbers of runs it is decided
whether the result is precise enough (`amun_statistics.stopping`). Everything follows from the stored
runs, so a measurer that takes an inspection over decides as the one before it would have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from amun_core.plan import Plan, RunPlan
from amun_core.specification import Precision
from amun_statistics.levels import PILOT_RUNS, Levels, PilotRun, choose, estimate
from amun_statistics.stopping import RULE_MEANINGS, Decision, Goal, decide
from knowledge_graph.records import RunRecord

#: The parameter that says how many iterations a run makes.
ITERATIONS_PARAMETER = "reps"
#: One run may take this part of the time that is allowed for all, and half of its own limit.
SHARE_OF_TIME = 0.1
SHARE_OF_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class RunFact:
    """What an accepted run says to the decisions."""

    median_seconds: float | None
    seconds: float  # that the run took in all
    pilot: PilotRun | None = None


@dataclass(frozen=True, slots=True)
class Iterations:
    """How many iterations a run makes, who chose that, and why."""

    count: int
    chosen_by: str  # "user", "pilot" or "levels"
    why: str
    levels: Levels | None = None

    def document(self) -> dict[str, Any]:
        """As it stands in the facts of the run."""
        figures = {} if self.levels is None else {"levels": asdict(self.levels)}
        return {"count": self.count, "chosen_by": self.chosen_by, "why": self.why, **figures}


def fact_of(record: RunRecord) -> RunFact:
    """What a stored run says. Only the pilot's samples are kept in hand."""
    pilot = None
    if record.run_index < PILOT_RUNS:
        pilot = PilotRun(
            seconds=tuple(record.seconds),
            warmups=record.warmups,
            wall_seconds=record.wall_seconds,
            loops=int(record.facts.get("loops") or 1),
            leading=int(record.facts.get("leading") or 0),
        )
    taken = (record.ended_at - record.started_at).total_seconds()
    return RunFact(record.elapsed_seconds, taken, pilot)


def goal_of(run: RunPlan, precision: Precision) -> Goal:
    """The goal of a plan in the words of the statistics."""
    return Goal(
        relative_half_width=precision.relative_half_width,
        maximum_runs=precision.maximum_runs,
        maximum_seconds=precision.maximum_seconds,
        fewest_runs=run.runs,
    )


def decision_after(goal: Goal, facts: Collection[RunFact]) -> Decision:
    """Whether the inspection goes on after these runs."""
    medians = [fact.median_seconds for fact in facts if fact.median_seconds is not None]
    return decide(goal, medians, len(facts), sum(fact.seconds for fact in facts))


def iterations_of(
    plan: Plan,
    precision: Precision,
    index: int,
    facts: Mapping[int, RunFact],
    declared: tuple[int, int] | None,
) -> Iterations | None:
    """The iterations of the run of this index; None for a script, which counts its own.

    `declared` is what the indicator makes unless told, and what it makes at most.
    """
    if plan.run.indicator is None or declared is None:
        return None
    default, most = declared
    asked = plan.run.indicator.parameters.get(ITERATIONS_PARAMETER, default)
    if not isinstance(asked, int):
        return None
    if not precision.adapt_iterations:
        return Iterations(asked, "user", f"the parameter {ITERATIONS_PARAMETER} was given")
    if index < PILOT_RUNS:
        return Iterations(asked, "pilot", f"one of the first {PILOT_RUNS} runs")
    pilot = (facts[number].pilot for number in range(PILOT_RUNS) if number in facts)
    levels = estimate([run for run in pilot if run is not None])
    if levels is None:
        return Iterations(asked, "pilot", "the first runs tell too little to choose by")
    seconds = min(
        SHARE_OF_LIMIT * plan.run.limits.run_seconds, SHARE_OF_TIME * precision.maximum_seconds
    )
    chosen = choose(levels, most=most, most_seconds=seconds)
    return Iterations(chosen.iterations, "levels", chosen.why, levels)


def with_iterations(plan: Plan, iterations: Iterations | None) -> Plan:
    """The plan of one run: as stored, but for the number of its iterations."""
    indicator = plan.run.indicator
    if iterations is None or indicator is None:
        return plan
    parameters = {**indicator.parameters, ITERATIONS_PARAMETER: iterations.count}
    changed = indicator.model_copy(update={"parameters": parameters})
    return plan.model_copy(update={"run": plan.run.model_copy(update={"indicator": changed})})


def in_words(decision: Decision, goal: Goal) -> str:
    """`8 runs, ±2.3 % (goal 2 %)`, and why it stopped."""
    text = f"{decision.runs} runs"
    if decision.half_width is not None:
        text += f", ±{100 * decision.half_width:.2g} % (goal {100 * goal.relative_half_width:g} %)"
    if decision.stopped_by is not None:
        text += f": {RULE_MEANINGS[decision.stopped_by]}"
    return text
