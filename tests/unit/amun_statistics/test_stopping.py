from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_statistics.noise import SHAPES
from amun_statistics.stopping import (
    CONFIDENCE_AT_LOOK,
    LOOKS,
    RULE_MEANINGS,
    Goal,
    StopRule,
    decide,
    interval_at_look,
    look_due,
    relative_half_width,
)
from amun_statistics.stopping_coverage import run_medians, stopped_intervals

GOAL = Goal(0.02)
NARROW = [1.0 + 0.001 * (index % 3) for index in range(300)]
WIDE = [1.0 + 0.5 * (index % 5) for index in range(300)]


def test_the_half_width_is_that_of_the_interval_over_the_median() -> None:
    values = [9.0, 10.0, 10.0, 10.0, 10.0, 12.0]
    interval = interval_at_look(values)
    assert interval is not None
    assert (interval.low, interval.high) == (9.0, 12.0)
    assert interval.coverage >= CONFIDENCE_AT_LOOK
    assert relative_half_width(values) == pytest.approx(0.15)


def test_without_an_interval_there_is_no_width() -> None:
    assert relative_half_width(NARROW[:5]) is None
    assert relative_half_width([0.0] * 6) == 0.0
    assert relative_half_width([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]) is None


def test_it_stops_at_the_first_look_that_meets_the_goal() -> None:
    decision = decide(GOAL, NARROW[:6], 6, 1.0)
    assert (decision.stopped_by, decision.reached, decision.runs) == (StopRule.TARGET, True, 6)
    assert decision.half_width == pytest.approx(0.001, rel=0.01)


def test_fewer_runs_than_the_fewest_never_stop() -> None:
    assert decide(GOAL, NARROW[:5], 5, 10_000.0).stopped_by is None
    later = Goal(0.02, fewest_runs=10)
    assert decide(later, NARROW[:8], 8, 10_000.0).stopped_by is None
    assert decide(later, NARROW[:10], 10, 1.0).stopped_by is StopRule.TARGET


def test_between_looks_a_narrow_interval_does_not_stop() -> None:
    assert decide(GOAL, NARROW[:7], 7, 1.0).stopped_by is None


def test_the_caps_stop_and_say_so() -> None:
    runs = decide(Goal(0.02, maximum_runs=9), WIDE[:9], 9, 1.0)
    assert (runs.stopped_by, runs.reached) == (StopRule.RUNS_CAP, False)
    assert runs.half_width == pytest.approx(relative_half_width(WIDE[:9]))
    time = decide(Goal(0.02, maximum_seconds=5.0), WIDE[:7], 7, 5.0)
    assert (time.stopped_by, time.reached) == (StopRule.TIME_CAP, False)
    assert decide(Goal(0.02, maximum_seconds=5.0), WIDE[:7], 7, 4.9).stopped_by is None


def test_the_cap_of_runs_is_a_look() -> None:
    assert decide(Goal(0.02, maximum_runs=9), NARROW[:9], 9, 1.0).stopped_by is StopRule.TARGET


def test_a_goal_that_is_met_when_the_time_is_up_was_met() -> None:
    assert decide(Goal(0.02, maximum_seconds=5.0), NARROW[:8], 8, 9.0).stopped_by is StopRule.TARGET


def test_runs_without_a_value_stop_at_the_first_look() -> None:
    assert decide(GOAL, [], 5, 1.0).stopped_by is None
    assert decide(GOAL, [], 6, 1.0).stopped_by is StopRule.NO_VALUE


def test_every_rule_has_its_meaning() -> None:
    assert set(RULE_MEANINGS) == set(StopRule)
    assert all(RULE_MEANINGS.values())


def test_looks_are_few_and_grow_by_the_same_part() -> None:
    assert LOOKS[0] == 6
    assert all(1.2 < later / earlier < 1.5 for earlier, later in pairwise(LOOKS))
    assert [n for n in range(1, 61) if look_due(n, GOAL)] == [6, 8, 11, 15, 21, 30, 42, 60]


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=0, max_size=130),
    st.floats(0.001, 0.5),
    st.integers(6, 120),
    st.floats(0, 100),
)
def test_it_always_ends_and_never_claims_more_than_there_is(
    values: list[float], target: float, most: int, seconds: float
) -> None:
    goal = Goal(target, maximum_runs=most, maximum_seconds=50.0)
    decision = decide(goal, values, len(values), seconds)
    if len(values) >= most:
        assert decision.stopped_by is not None
    if decision.reached:
        assert decision.half_width is not None
        assert decision.half_width <= target
    assert decision == decide(goal, list(values), len(values), seconds)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_simulation_stops_where_the_decision_does(shape: str) -> None:
    goal = Goal(0.02, maximum_runs=30)
    medians = run_medians(SHAPES[shape], 0.03, 200, 30, np.random.default_rng(5))
    low, high, runs, reached = stopped_intervals(medians, goal)
    for row, values in enumerate(medians.tolist()):
        n = next(n for n in range(1, 31) if decide(goal, values[:n], n, 0.0).stopped_by)
        interval = interval_at_look(values[:n])
        assert interval is not None
        assert (n, interval.low, interval.high) == (runs[row], low[row], high[row])
        assert decide(goal, values[:n], n, 0.0).reached == reached[row]
