"""Whether a case fits, and how often it is called then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_client.suite.ask import Ask
from amun_client.suite.choices import SuiteChoices
from amun_client.suite.fit import MOST_ITERATIONS, Fit, Rule, Skip, fit
from amun_client.suite.prediction import ARITHMETIC, Observation, Predictor

RULE = Rule(1, 100)
#: 1e9 operations a second, a run takes 1 s beside its calls.
PREDICTOR = Predictor([Observation(ARITHMETIC, "gemm", None, 10**9, 1, 1.0, 1.0)])


def ask(flop: int = 10**7, held: int = 0, phase: str = "product") -> Ask:
    return Ask(0, "case", phase, flop, "gemm", "numpy", {}, held, 1)


def choices(**chosen: Any) -> SuiteChoices:
    return SuiteChoices(framework="numpy", **chosen)


@pytest.mark.parametrize(
    ("budget", "runs", "repeats"),
    # a run with the rule's repeats takes 1 + 101 * 0.01 s
    [(12.1, 6, 100), (6.1, 3, 100), (2.02, 1, 100), (1.51, 1, 50), (1.041, 1, 3)],
)
def test_runs_give_way_first_then_repeats(budget: float, runs: int, repeats: int) -> None:
    found = fit([ask()], RULE, choices(budget_seconds=budget), PREDICTOR)
    assert isinstance(found, Fit)
    assert (found.runs, found.repeats) == (runs, repeats)
    assert found.seconds is not None
    assert found.seconds <= budget


def test_skip_tells_the_figure() -> None:
    found = fit([ask()], RULE, choices(budget_seconds=1.03), PREDICTOR)
    assert found == Skip("predicted 1.0 s for 3 repeats, budget 1.0 s")
    found = fit([ask(flop=10**11)], RULE, choices(), PREDICTOR)
    assert found == Skip("predicted 6 min 41 s for 3 repeats, budget 1 min 0 s")


def test_runs_that_were_asked_for_stay() -> None:
    found = fit([ask()], RULE, choices(budget_seconds=6.11, runs=5), PREDICTOR)
    assert isinstance(found, Fit)
    assert (found.runs, found.repeats) == (5, 21)
    assert isinstance(fit([ask()], RULE, choices(budget_seconds=5, runs=5), PREDICTOR), Skip)


def test_memory_is_that_of_the_largest_phase() -> None:
    asks = [ask(held=3 * 2**30), ask(held=2**20)]
    found = fit(asks, RULE, choices(memory_bytes=2**30), PREDICTOR)
    assert found == Skip("needs 3.00 GiB of 1.00 GiB of memory")
    assert isinstance(fit(asks[1:], RULE, choices(memory_bytes=2**20), PREDICTOR), Fit)


def test_phases_share_the_budget() -> None:
    found = fit([ask(), ask()], RULE, choices(budget_seconds=4.04), PREDICTOR)
    assert isinstance(found, Fit)
    assert (found.runs, found.repeats) == (1, 100)


def test_without_a_prediction_all_is_wanted() -> None:
    assert fit([ask()], RULE, choices(), Predictor()) == Fit(6, 100, None)


def test_calls_too_short_for_the_clock_are_not_kept_one_by_one() -> None:
    found = fit([ask(flop=10)], Rule(1, 10**6), choices(), PREDICTOR)
    assert isinstance(found, Fit)
    assert found.repeats == MOST_ITERATIONS


@given(
    budget=st.floats(0.1, 1000),
    flop=st.integers(1, 10**12),
    repeats=st.integers(10, 10**6),
    runs=st.none() | st.integers(1, 20),
)
def test_what_fits_keeps_the_budget_and_the_least(
    budget: float, flop: int, repeats: int, runs: int | None
) -> None:
    found = fit([ask(flop)], Rule(1, repeats), choices(budget_seconds=budget, runs=runs), PREDICTOR)
    if isinstance(found, Fit):
        assert found.seconds is not None
        assert found.seconds <= budget * (1 + 1e-9)
        assert 3 <= found.repeats <= repeats
        assert found.runs == (runs or found.runs) >= 1
    else:
        assert found.why.startswith("predicted")
