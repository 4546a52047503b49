from __future__ import annotations

from datetime import timedelta

import pytest

from amun_core.specification import (
    FEWEST_ADAPTIVE_RUNS,
    MOST_ADAPTIVE_RUNS,
    IndicatorRequest,
    Precision,
)
from amun_statistics.levels import PILOT_RUNS, PilotRun
from amun_statistics.stopping import CONFIDENCE, FEWEST_RUNS, MOST_RUNS, Goal, StopRule, decide
from inspector.precision import (
    Iterations,
    RunFact,
    decision_after,
    fact_of,
    goal_of,
    in_words,
    iterations_of,
    with_iterations,
)
from tests import factories
from tests.support.inspections import DOCUMENT, plan_of

PLAN = plan_of(DOCUMENT)
DECLARED = (100, 1_000_000)
#: Runs that start in 0.9 s and whose iterations of 1 ms differ more than the runs do.
STEADY = tuple(0.001 + 0.0001 * (index % 3) for index in range(100))


def pilot_fact(level: float = 1.0, warmups: int = 0) -> RunFact:
    seconds = tuple(level * value for value in STEADY)
    return RunFact(0.001 * level, 1.0, PilotRun(seconds, warmups, 0.9 + sum(seconds)))


PILOT = {0: pilot_fact(), 1: pilot_fact(1.001), 2: pilot_fact(0.999)}


def test_the_bounds_of_the_specification_are_those_of_the_statistics():
    assert (FEWEST_ADAPTIVE_RUNS, MOST_ADAPTIVE_RUNS) == (FEWEST_RUNS, MOST_RUNS)
    assert Precision().confidence == CONFIDENCE
    default = goal_of(PLAN.run, Precision())
    assert default == Goal(0.02)


def test_a_stored_run_says_what_the_decisions_need():
    record = factories.run_record(
        1, seconds=(3.0, 1.0, 1.0), warmups=1, wall_seconds=6.0, elapsed_seconds=1.0,
        facts={"loops": 4, "leading": 2},
    )  # fmt: skip
    fact = fact_of(record)
    taken = record.ended_at - record.started_at
    assert fact == RunFact(
        1.0, taken / timedelta(seconds=1), PilotRun((3.0, 1.0, 1.0), 1, 6.0, loops=4, leading=2)
    )
    assert fact_of(factories.run_record(PILOT_RUNS)).pilot is None


def test_the_decision_is_made_from_values_count_and_time():
    goal = Goal(0.02, maximum_seconds=8.0)
    facts = [RunFact(1.0 + index / 100, 1.5) for index in range(6)]
    assert decision_after(goal, facts) == decide(
        goal, [1.0 + index / 100 for index in range(6)], 6, 9.0
    )
    assert decision_after(goal, facts).stopped_by is StopRule.TIME_CAP
    without = [RunFact(None, 1.0)] * 6
    assert decision_after(goal, without).stopped_by is StopRule.NO_VALUE


def test_the_pilot_makes_the_default_and_later_runs_what_pays():
    first = iterations_of(PLAN, Precision(), 0, {}, DECLARED)
    assert first == Iterations(100, "pilot", "one of the first 3 runs")
    later = iterations_of(PLAN, Precision(), 3, PILOT, DECLARED)
    assert later is not None
    assert (later.chosen_by, later.count) == ("levels", 287)
    assert later.levels is not None
    assert later.levels.run_seconds == pytest.approx(0.9)
    document = later.document()
    assert document["levels"]["iteration_seconds"] == pytest.approx(0.0011)
    assert "0.9 s" in document["why"]


def test_the_choice_hangs_on_the_pilot_alone():
    more = {**PILOT, 3: RunFact(9.0, 9.0), 4: RunFact(1.0, 1.0)}
    assert iterations_of(PLAN, Precision(), 5, more, DECLARED) == iterations_of(
        PLAN, Precision(), 3, PILOT, DECLARED
    )


def test_iterations_that_the_user_gave_stay():
    asked = IndicatorRequest(name="matmul", framework="numpy", parameters={"reps": 7})
    plan = PLAN.model_copy(update={"run": PLAN.run.model_copy(update={"indicator": asked})})
    given = iterations_of(plan, Precision(adapt_iterations=False), 5, PILOT, DECLARED)
    assert given is not None
    assert (given.count, given.chosen_by) == (7, "user")


def test_an_indicator_of_one_iteration_keeps_it():
    chosen = iterations_of(PLAN, Precision(), 4, PILOT, (1, 1))
    assert chosen is not None
    assert chosen.count == 1


def test_a_run_takes_no_more_than_its_share_of_the_time():
    short = iterations_of(PLAN, Precision(maximum_seconds=10), 3, PILOT, DECLARED)
    assert short is not None
    assert short.count == pytest.approx(0.1 / 0.0011, abs=1)


def test_a_pilot_that_tells_too_little_leaves_the_number():
    silent = dict.fromkeys(range(3), RunFact(None, 1.0, PilotRun((), 0, 1.0)))
    chosen = iterations_of(PLAN, Precision(), 3, silent, DECLARED)
    assert chosen == Iterations(100, "pilot", "the first runs tell too little to choose by")


def test_a_script_counts_its_own_iterations():
    bare = PLAN.model_copy(update={"run": PLAN.run.model_copy(update={"indicator": None})})
    assert iterations_of(bare, Precision(), 3, PILOT, None) is None
    assert with_iterations(bare, None) is bare


def test_only_the_iterations_of_the_plan_change():
    changed = with_iterations(PLAN, Iterations(42, "levels", ""))
    assert changed.run.indicator is not None
    assert changed.run.indicator.parameters == {"matrix_size": 64, "reps": 42}
    assert changed.build == PLAN.build
    assert changed.run.model_copy(update={"indicator": PLAN.run.indicator}) == PLAN.run


def test_words_for_the_log():
    goal = Goal(0.02)
    assert in_words(decide(goal, [], 3, 0.0), goal) == "3 runs"
    wide = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    assert in_words(decide(goal, wide, 6, 0.0), goal) == "6 runs, ±20 % (goal 2 %)"
    assert in_words(decide(goal, [1.0] * 6, 6, 0.0), goal).endswith(
        "±0 % (goal 2 %): the interval was as narrow as asked for"
    )
