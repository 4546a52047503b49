"""Runs of suites: what is missing is measured, once; what is there is taken."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from amun_client.console import Console, Taste
from amun_client.errors import IndicatorRunError
from amun_client.suite import identity as suite_identity
from amun_client.suite.choices import SuiteChoices
from amun_client.suite.fit import Fit, Skip
from amun_client.suite.measuring import Measuring
from amun_client.suite.progress import SuiteProgress
from amun_client.suite.rows import Outcome, PhaseState
from amun_client.suite.run import SuiteRun, told
from amun_client.suite.stack import Stack
from amun_client.waiting import wait_for_end
from pis import catalogue
from pis.suites import catalogue as suite_catalogue
from tests.support.suite_service import SuiteService

SUITES = {one["name"]: one for one in suite_catalogue.suites()}
DEVICE = SUITES["deepbench.gemm.inference.device"]
CATALOGUE = {one["name"]: one for one in catalogue.indicators()}
STACK = Stack({"format": "requirements.txt", "content": "numpy==2.4.6\n"}, "lock-digest")
SMALL = {"budget_seconds": 5.0}


class Bench:
    """A run of a suite against a service in memory."""

    def __init__(self, service: SuiteService, suite: dict[str, Any] = DEVICE) -> None:
        self.service = service
        self.suite = suite
        self.err = io.StringIO()
        self.wait: Callable[..., Any] = wait_for_end

    def run(self, cases: Any = None, **chosen: Any) -> tuple[SuiteRun, list[list[Outcome]]]:
        choices = SuiteChoices(**{"framework": "numpy", **SMALL, **chosen})
        key = suite_identity.run_key(self.suite, CATALOGUE, choices, STACK.digest)
        wanted = self.suite["cases"] if cases is None else cases
        client: Any = self.service
        one = SuiteRun(client, self.suite, wanted, CATALOGUE, choices, STACK.digest, key)
        progress = SuiteProgress(Console(Taste(), {}, err=self.err), None)
        measuring = Measuring(client, progress, choices, STACK, interval_seconds=0, wait=self.wait)
        one.look()
        if any(case.measures for case in one.plan()):
            one.calibrate(measuring, progress)
        return one, one.carry_out(measuring, progress)


@pytest.fixture
def bench() -> Bench:
    return Bench(SuiteService())


def phases(service: SuiteService) -> list[tuple[str, str]]:
    return [
        (one["labels"]["amun.suite.case"], one["labels"]["amun.suite.phase"])
        for one in service.cases()
    ]


def test_each_case_is_one_inspection(bench: Bench) -> None:
    _, outcomes = bench.run()
    assert phases(bench.service) == [(str(index), "product") for index in range(13)]
    assert {one.state for found in outcomes for one in found} == {PhaseState.MEASURED}
    first = bench.service.cases()[0]["document"]
    assert first["indicator"] == {
        "name": "gemm", "framework": "numpy",
        "parameters": {
            "m": 700, "n": 5124, "k": 2048, "transpose_a": False, "transpose_b": False,
            "dtype": "float32", "device": "cpu", "reps": first["indicator"]["parameters"]["reps"],
        },
    }  # fmt: skip
    assert first["python"] == {"lock": STACK.lock}


def test_second_run_measures_nothing(bench: Bench) -> None:
    _, first = bench.run()
    count = len(bench.service.submitted)
    _, again = bench.run()
    assert len(bench.service.submitted) == count
    assert [one[0].inspection for one in again] == [one[0].inspection for one in first]


def test_what_was_measured_before_a_kill_is_not_measured_again(bench: Bench) -> None:
    bench.run(DEVICE["cases"][:6])
    bench.run()
    assert sorted(phases(bench.service)) == sorted((str(n), "product") for n in range(13))


def test_case_under_way_is_adopted(bench: Bench) -> None:
    bench.run(DEVICE["cases"][:2])
    model = bench.service.cases()[0]["document"]
    labels = {**model["labels"], "amun.suite.case": "2"}
    waiting = bench.service.add({**model, "labels": labels}, "queued")

    def wait(client: Any, identity: str, *_: Any, **__: Any) -> Any:
        if client.inspection(identity)["state"] == "queued":
            client.finish(identity)
        return client.inspection(identity)

    bench.wait = wait
    _, outcomes = bench.run(DEVICE["cases"][:3])
    assert outcomes[2][0].inspection == waiting
    assert len(phases(bench.service)) == 3


def test_failed_case_is_tried_once_more(bench: Bench) -> None:
    bench.service.state_of = lambda one: (
        "failed" if one["labels"].get("amun.suite.case") == "1" else "succeeded"
    )
    cases = DEVICE["cases"][:3]
    for expected in (1, 2, 2):
        _, outcomes = bench.run(cases)
        assert phases(bench.service).count(("1", "product")) == expected
        assert outcomes[1][0].state is PhaseState.FAILED
        assert outcomes[1][0].why == "run_crashed: it fell"
    assert phases(bench.service).count(("0", "product")) == 1


def test_failures_are_kept_where_that_is_wished(bench: Bench) -> None:
    bench.service.state_of = lambda one: (
        "failed" if "amun.suite.case" in one["labels"] else "succeeded"
    )
    bench.run(DEVICE["cases"][:1])
    _, outcomes = bench.run(DEVICE["cases"][:1], keep_failures=True)
    assert outcomes[0][0].state is PhaseState.FAILED
    assert len(phases(bench.service)) == 1


def test_fresh_measures_again_and_is_what_is_taken_later(bench: Bench) -> None:
    bench.run(DEVICE["cases"][:2])
    bench.run(DEVICE["cases"][:2], fresh=True)
    _, outcomes = bench.run(DEVICE["cases"][:2])
    assert len(phases(bench.service)) == 4
    newest = [one["id"] for one in bench.service.cases()[2:]]
    assert [found[0].inspection["id"] for found in outcomes if found[0].inspection] == newest


def test_another_host_stack_or_dtype_is_measured_by_itself(bench: Bench) -> None:
    bench.run(DEVICE["cases"][:1])
    bench.run(DEVICE["cases"][:1], dtype="float64")
    assert len(phases(bench.service)) == 2
    bench.service.host = "host-2"
    bench.service.state_of = lambda _: "succeeded"
    for one in bench.service._inspections:
        if "amun.suite.calibration" in one["labels"]:
            one["host"] = {"id": "host-2", "name": "other"}
    bench.run(DEVICE["cases"][:1])
    assert len(phases(bench.service)) == 3


def test_more_budget_measures_what_was_reduced(bench: Bench) -> None:
    case = [DEVICE["cases"][0]]
    one, _ = bench.run(case, budget_seconds=2.6)
    reduced = bench.service.cases()[-1]["indicator"]["parameters"]["reps"]
    assert reduced < 11
    bench.run(case, budget_seconds=2.6)
    assert len(phases(bench.service)) == 1
    bench.run(case, budget_seconds=1000.0)
    last = bench.service.cases()[-1]["document"]
    assert (last["indicator"]["parameters"]["reps"], last["runs"]) == (11, 6)
    bench.run(case, budget_seconds=2.6)
    assert len(phases(bench.service)) == 2
    assert isinstance(one.plan()[0].fit, Fit)


def test_interrupt_cancels_what_is_measured_and_keeps_the_rest(bench: Bench) -> None:
    def wait(client: Any, identity: str, *_: Any, **__: Any) -> Any:
        one = client.inspection(identity)
        if one["labels"].get("amun.suite.case") == "2" and one["state"] != "cancelled":
            raise KeyboardInterrupt
        return one

    bench.wait = wait
    run, outcomes = bench.run(DEVICE["cases"][:5])
    assert run.interrupted
    states = [found[0].state.value for found in outcomes]
    assert states == ["measured", "measured", "cancelled", "not_measured", "not_measured"]
    assert bench.service.cancelled == [bench.service.cases()[2]["id"]]
    bench.wait = wait_for_end
    _, again = bench.run(DEVICE["cases"][:5])
    assert {found[0].state for found in again} == {PhaseState.MEASURED}
    assert phases(bench.service).count(("2", "product")) == 2


def test_calibrations_are_measured_once_and_failing_ones_are_told(bench: Bench) -> None:
    bench.run(DEVICE["cases"][:1])
    bench.run(DEVICE["cases"][1:2])
    calibrations = [
        one for one in bench.service.submitted if "amun.suite.calibration" in one["labels"]
    ]
    assert [one["runs"] for one in calibrations] == [1, 1]
    other = Bench(SuiteService())
    other.service.state_of = lambda _: "failed"
    with pytest.raises(IndicatorRunError, match=r"calibration inspection-\d+ failed: run_crashed"):
        other.run()


def test_memory_is_said_before_anything_is_measured(bench: Bench) -> None:
    run, outcomes = bench.run(memory_bytes=1000)
    assert bench.service.submitted == []
    assert {found[0].state for found in outcomes} == {PhaseState.SKIPPED}
    assert "of 1000 B of memory" in str(outcomes[0][0].why)
    assert all(isinstance(one.fit, Skip) for one in run.plan())


def test_phases_of_a_case_are_inspections_of_their_own() -> None:
    bench = Bench(SuiteService(), SUITES["deepbench.conv.training"])
    cases = [bench.suite["cases"][index] for index in (0, 8)]
    _, outcomes = bench.run(cases, framework="torch", budget_seconds=1000.0)
    assert phases(bench.service)[:2] == [("0", "forward"), ("0", "backward_weights")]
    assert outcomes[0][1].state is PhaseState.ABSENT
    directions = {one["indicator"]["parameters"]["direction"] for one in bench.service.cases()}
    assert directions == {"forward", "backward_weights"}


def test_what_came_of_a_case_in_words(bench: Bench) -> None:
    _, outcomes = bench.run(DEVICE["cases"][:1])
    assert told(outcomes[0]).endswith("ms  100 GFLOPS")
