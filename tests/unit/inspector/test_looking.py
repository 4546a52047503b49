from __future__ import annotations

import pytest

from amun_core.states import AttemptKind, FailureReason, attributed_to
from inspector.looking import NextBuild, NextMeasurement
from knowledge_graph.records import Failure

OTHER_HARDWARE = {"run": {"requests": {"hardware": {"physical_cpus": 64}}}}


def beat(bench, role: str, host_id: str | None = None) -> None:
    host_id = host_id or bench.workplace.host.host_id
    bench.store.service_beat(f"{role}@{host_id}", {"host_id": host_id, "host": host_id})


@pytest.fixture
def next_build(bench) -> NextBuild:
    beat(bench, "builder")
    beat(bench, "measurer")
    return NextBuild(bench.workplace)


def test_the_table_is_worked_off_without_a_hint_oldest_first(bench, next_build):
    ids = [bench.submit() for _ in range(3)]
    assert [next_build() for _ in ids] == [True] * 3
    assert not next_build()
    builds = sorted(ids, key=lambda one: bench.queries.attempts(one)[0].attempt_id)
    assert builds == ids
    take = NextMeasurement(bench.workplace)
    assert [take() for _ in ids] == [True] * 3
    assert not take()
    assert [bench.state(one) for one in ids] == ["succeeded"] * 3


def test_a_host_without_a_living_measurer_takes_only_what_nobody_measures(bench):
    beat(bench, "builder")
    take = NextBuild(bench.workplace)
    measured, build_only = bench.submit(), bench.submit(indicator=None, runs=None)
    assert take()
    assert not take()
    assert (bench.state(measured), bench.state(build_only)) == ("queued", "succeeded")
    assert [line["event"] for line in bench.logged].count("no_measurer_lives") == 1
    beat(bench, "measurer")
    assert take()
    assert bench.state(measured) == "built"


def test_hardware_that_no_host_has_fails_at_once_with_what_is_lacking(bench, next_build):
    inspection_id = bench.submit(**OTHER_HARDWARE)
    assert next_build()
    view = bench.queries.inspection(inspection_id)
    assert view.failure.reason is FailureReason.HARDWARE_MISMATCH
    assert "64 physical CPUs are asked for, this host has 1" in view.failure.message


def test_hardware_that_another_host_may_have_waits_for_it(bench, next_build):
    beat(bench, "builder", "host-b")
    inspection_id = bench.submit(**OTHER_HARDWARE)
    assert next_build()
    assert bench.state(inspection_id) == "queued"
    assert not next_build()
    (attempt,) = bench.queries.attempts(inspection_id)
    assert (attempt.outcome, attempt.message[:17]) == ("released", "not on this host:")
    assert bench.store.waiting_builds("host-b") == [inspection_id]


def refuse(bench, inspection_id: str, host_id: str, registered: set[str]) -> bool:
    claim = bench.store.claim(
        inspection_id, AttemptKind.BUILD, worker="w", lease_seconds=30, host_id=host_id
    )
    reason = FailureReason.HARDWARE_MISMATCH
    failure = Failure(reason, attributed_to(reason), f"{host_id} is too small")
    return bench.store.refuse(claim, host_id, host_id, failure, registered)


def test_it_fails_where_the_last_host_lacks_it_too_and_names_them_all(bench, next_build):
    beat(bench, "builder", "host-b")
    inspection_id = bench.submit(**OTHER_HARDWARE)
    here = bench.workplace.host.host_id
    assert refuse(bench, inspection_id, "host-b", {"host-b", here})
    assert next_build()
    view = bench.queries.inspection(inspection_id)
    assert view.failure.reason is FailureReason.HARDWARE_MISMATCH
    assert "host-b: host-b is too small" in view.failure.message
    assert "measuring-host: 64 physical CPUs are asked for" in view.failure.message


def test_what_waits_for_a_host_fails_once_that_host_is_registered_no_more(bench):
    inspection_id = bench.submit()
    assert refuse(bench, inspection_id, "host-a", {"host-a", "host-b"})
    assert bench.store.fail_unplaceable({"host-a", "host-b"}) == []
    assert bench.store.fail_unplaceable({"host-a"}) == [inspection_id]
    assert bench.state(inspection_id) == "failed"


def test_an_engine_that_another_host_may_have_waits_for_it(bench, next_build):
    beat(bench, "builder", "host-b")
    inspection_id = bench.submit(engine="container")
    assert next_build()
    assert bench.state(inspection_id) == "queued"
    assert not next_build()


def test_what_is_built_here_is_not_looked_for_elsewhere(bench, next_build):
    bench.submit()
    next_build()
    here = bench.workplace.host.host_id
    assert bench.store.waiting_measurements("host-b") == []
    assert len(bench.store.waiting_measurements(here)) == 1
    assert {host for _, host in bench.store.waiting_queues()} == {here}
