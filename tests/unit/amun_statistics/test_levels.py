from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_statistics.levels import (
    FEWEST_ITERATIONS,
    MOST_ITERATIONS,
    Levels,
    PilotRun,
    choose,
    estimate,
    optimum,
)


def levels(**changes: float) -> Levels:
    values = {"within": 0.04**2, "between": 0.01**2, "run_seconds": 0.4, "iteration_seconds": 0.001}
    return Levels(**{**values, "warmups": 0, **changes})  # type: ignore[arg-type]


def pilot(within: float, between: float, runs: int = 3, iterations: int = 100) -> list[PilotRun]:
    draw = random.Random(11)
    made = []
    for _ in range(runs):
        level = 0.01 * math.exp(draw.gauss(0, between))
        seconds = [level * math.exp(draw.gauss(0, within)) for _ in range(iterations)]
        made.append(PilotRun(seconds, 0, wall_seconds=0.5 + sum(seconds)))
    return made


def test_the_formula_of_kalibera_and_jones() -> None:
    # sqrt((0.4 / 0.001) * (0.04 / 0.01)^2) = 20 * 4
    assert optimum(levels()) == pytest.approx(80)
    assert choose(levels()).iterations == 80


def test_variances_and_costs_are_found_again() -> None:
    found = estimate(pilot(0.03, 0.05, runs=400, iterations=60))
    assert found is not None
    assert math.sqrt(found.within) == pytest.approx(0.03, rel=0.1)
    assert math.sqrt(found.between) == pytest.approx(0.05, rel=0.1)
    assert found.run_seconds == pytest.approx(0.5, rel=0.01)
    assert found.iteration_seconds == pytest.approx(0.01, rel=0.02)


def test_far_iterations_buy_nothing() -> None:
    quiet = pilot(0.01, 0.01)
    spiked = [
        PilotRun([*run.seconds[:-3], 1.0, 1.0, 1.0], 0, run.wall_seconds + 3) for run in quiet
    ]
    before, after = estimate(quiet), estimate(spiked)
    assert before is not None
    assert after is not None
    assert after.within == pytest.approx(before.within, rel=0.2)


def test_loops_are_part_of_the_cost_of_an_iteration() -> None:
    run = PilotRun([1e-6] * 5 + [2e-6] * 15, 5, wall_seconds=1.0, loops=1000, leading=5)
    assert run.timed_seconds == pytest.approx(5e-6 + 1000 * 15 * 2e-6)
    found = estimate([run, run])
    assert found is not None
    assert found.iteration_seconds == pytest.approx(2e-3)


def test_cheap_starts_and_differing_runs_want_few_iterations() -> None:
    assert choose(levels(run_seconds=0.001)).iterations == FEWEST_ITERATIONS
    assert choose(levels(between=1.0)).iterations == FEWEST_ITERATIONS


def test_runs_that_agree_by_chance_do_not_ask_for_endless_iterations() -> None:
    assert optimum(levels(between=0.0)) == pytest.approx(10 * math.sqrt(0.4 / 0.001))
    assert choose(levels(between=0.0, run_seconds=1e9)).iterations == MOST_ITERATIONS


def test_equal_iterations_need_no_more_of_them() -> None:
    assert choose(levels(within=0.0)).iterations == FEWEST_ITERATIONS


def test_the_warm_up_is_added_and_leaves_a_steady_part_as_long() -> None:
    assert choose(levels(warmups=20)).iterations == 100
    assert choose(levels(warmups=300)).iterations == 602
    assert "300 of warm-up" in choose(levels(warmups=300)).why


def test_a_run_keeps_within_its_time_and_its_indicator() -> None:
    assert choose(levels(), most_seconds=0.4305).iterations == 30
    assert choose(levels(), most_seconds=0.0).iterations == FEWEST_ITERATIONS
    assert choose(levels(), most=1).iterations == 1


def test_why_names_every_figure() -> None:
    why = choose(levels()).why
    for part in ("0.4 s", "0.001 s", "4.00%", "1.00%", "= 80"):
        assert part in why


def test_a_pilot_that_tells_too_little() -> None:
    one = PilotRun([0.1, 0.1, 0.1], 0, 1.0)
    assert estimate([]) is None
    assert estimate([one]) is None
    assert estimate([one, PilotRun([0.1], 0, 1.0)]) is None
    assert estimate([one, PilotRun([0.0, 0.0, 0.0], 0, 1.0)]) is None


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1e4), st.floats(1e-9, 1e3))
def test_the_choice_keeps_its_bounds(
    within: float, between: float, run_seconds: float, iteration_seconds: float
) -> None:
    chosen = choose(Levels(within, between, run_seconds, iteration_seconds, 0))
    assert FEWEST_ITERATIONS <= chosen.iterations <= MOST_ITERATIONS


def test_dearer_starts_want_more_iterations() -> None:
    chosen = [choose(levels(run_seconds=cost)).iterations for cost in (0.1, 1.0, 10.0)]
    assert all(few < many for few, many in pairwise(chosen))
