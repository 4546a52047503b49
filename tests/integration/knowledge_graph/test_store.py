"""Every change of a state, on both databases."""

from __future__ import annotations

import re

import pytest

from amun_core.errors import (
    ConflictError,
    IdempotencyConflictError,
    IllegalTransitionError,
    NotFoundError,
    StaleClaimError,
)
from amun_core.states import (
    TERMINAL_STATES,
    AttemptKind,
    AttemptOutcome,
    FailureReason,
    InspectionState,
)
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import Claim, Reaped
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import execute, expire_lease

S = InspectionState


def path_of(queries: GraphQueries, inspection_id: str) -> list[tuple[str, int]]:
    return [(event.state_to.value, event.fence) for event in queries.events(inspection_id)]


def test_create_writes_inspection_hint_and_event(store: GraphStore, queries: GraphQueries) -> None:
    created = store.create_inspection(
        factories.new_inspection(
            identifier="nightly",
            labels={"team": "a"},
            warnings=[{"pointer": "/batch_size", "message": "a number was expected"}],
        )
    )
    assert re.fullmatch(r"inspection-nightly-[0-9a-f]{8}", created.inspection_id)
    assert (created.state, created.replayed) == (S.ACCEPTED, False)
    view = queries.inspection(created.inspection_id)
    assert view.created_at == created.created_at
    assert view.labels == {"team": "a"}
    assert view.warnings == [{"pointer": "/batch_size", "message": "a number was expected"}]
    assert (view.state, view.runs, view.runs_accepted, view.cancel_requested) == (
        S.ACCEPTED,
        2,
        0,
        False,
    )
    assert [(hint.inspection_id, hint.kind) for hint in store.pending_outbox()] == [
        (created.inspection_id, AttemptKind.BUILD)
    ]
    assert path_of(queries, created.inspection_id) == [("accepted", 0)]


def test_the_same_key_gives_the_first_answer(store: GraphStore, queries: GraphQueries) -> None:
    first = store.create_inspection(factories.new_inspection(), idempotency_key="k")
    store.mark_queued([first.inspection_id])
    again = store.create_inspection(factories.new_inspection(), idempotency_key="k")
    assert (again.inspection_id, again.created_at) == (first.inspection_id, first.created_at)
    assert (again.replayed, again.state) == (True, S.QUEUED)
    assert queries.counts()["queued"] == 1
    assert sum(queries.counts().values()) == 1


def test_the_same_key_for_another_request_is_refused(store: GraphStore) -> None:
    first = store.create_inspection(factories.new_inspection(), idempotency_key="k")
    with pytest.raises(IdempotencyConflictError, match=first.inspection_id):
        store.create_inspection(
            factories.new_inspection(specification_hash="other"), idempotency_key="k"
        )


def test_any_text_is_a_key(store: GraphStore) -> None:
    for key in ("", "a\x00b", "\ud800", "\U0001f600", "x" * 500):
        first = store.create_inspection(factories.new_inspection(), idempotency_key=key)
        again = store.create_inspection(factories.new_inspection(), idempotency_key=key)
        assert (first.replayed, again.replayed) == (False, True)


def test_an_id_that_is_taken_is_drawn_again(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["aaaaaaaa", "aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr("knowledge_graph.creating.secrets.token_hex", lambda _: next(drawn))
    ids = [store.create_inspection(factories.new_inspection()).inspection_id for _ in range(2)]
    assert ids == ["inspection-aaaaaaaa", "inspection-bbbbbbbb"]


def test_mark_queued_counts_only_those_still_accepted(store: GraphStore) -> None:
    first = factories.in_state(store, S.ACCEPTED)
    second = factories.in_state(store, S.ACCEPTED)
    store.request_cancel(second)
    assert store.mark_queued([]) == 0
    assert store.mark_queued([first, second, "inspection-00000000"]) == 1
    assert store.mark_queued([first]) == 0


def test_a_whole_life(store: GraphStore, queries: GraphQueries) -> None:
    inspection_id = factories.queued(store)
    build = factories.claimed(store, inspection_id)
    assert (build.fence, build.attempt_number, build.runs) == (1, 1, 2)
    assert build.accepted_runs == frozenset()
    assert store.alive_claims() == {(inspection_id, 1)}
    store.save_plan(build, '{"plan":1}', engine="process", engine_why="no base was named")
    store.finish_build(build, factories.built())
    assert [(hint.inspection_id, hint.kind) for hint in store.pending_outbox()] == [
        (inspection_id, AttemptKind.MEASURE)
    ]
    measure = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    assert (measure.fence, measure.attempt_number, measure.plan) == (2, 1, '{"plan":1}')
    for index in range(2):
        assert store.record_run(measure, factories.run_record(index))
    store.finish_measure(measure)

    view = queries.inspection(inspection_id)
    assert (view.state, view.runs_accepted) == (S.SUCCEEDED, 2)
    assert (view.engine, view.engine_why) == ("process", "no base was named")
    assert (view.stack_digest, view.host_id, view.hostname) == (
        "amun-stack-1:00",
        factories.HOST,
        "bench-1",
    )
    assert view.build_started_at is not None
    assert view.build_ended_at is not None
    assert view.run_started_at is not None
    assert view.ended_at is not None
    assert (
        view.created_at
        <= view.build_started_at
        <= view.build_ended_at
        <= view.run_started_at
        <= view.ended_at
    )
    assert path_of(queries, inspection_id) == [
        ("accepted", 0),
        ("queued", 0),
        ("building", 1),
        ("built", 1),
        ("running", 2),
        ("succeeded", 2),
    ]
    outcomes = [(attempt.kind, attempt.outcome) for attempt in queries.attempts(inspection_id)]
    assert outcomes == [
        (AttemptKind.BUILD, AttemptOutcome.COMPLETED),
        (AttemptKind.MEASURE, AttemptOutcome.COMPLETED),
    ]
    assert store.alive_claims() == set()


def test_a_build_that_is_all_that_was_asked_succeeds(
    store: GraphStore, queries: GraphQueries
) -> None:
    inspection_id = factories.queued(store, runs=0)
    claim = factories.claimed(store, inspection_id)
    store.finish_build(claim, factories.built(), build_only=True)
    assert queries.inspection(inspection_id).state is S.SUCCEEDED
    assert store.pending_outbox() == []


@pytest.mark.parametrize("state", [state for state in S if state is not S.QUEUED])
def test_only_a_queued_one_is_claimed_for_building(
    store: GraphStore, queries: GraphQueries, state: InspectionState
) -> None:
    inspection_id = factories.in_state(store, state)
    before = queries.events(inspection_id)
    assert store.claim(inspection_id, AttemptKind.BUILD, worker="w", lease_seconds=9) is None
    assert queries.events(inspection_id) == before
    assert queries.inspection(inspection_id).state is state


def test_a_built_one_is_measured_only_on_the_host_it_was_planned_for(store: GraphStore) -> None:
    inspection_id = factories.in_state(store, S.BUILT)
    other = store.claim(
        inspection_id, AttemptKind.MEASURE, worker="w", lease_seconds=9, host_id="elsewhere"
    )
    assert other is None
    assert factories.claimed(store, inspection_id, AttemptKind.MEASURE).fence == 2


def test_renew_tells_of_a_cancel_and_refuses_a_lease_that_was_taken_back(
    store: GraphStore, database_url: str
) -> None:
    claim = factories.measuring(store)
    assert store.renew(claim, 60) is False
    assert store.request_cancel(claim.inspection_id) is S.RUNNING
    assert store.renew(claim, 60) is True
    expire_lease(database_url, claim.inspection_id)
    assert store.alive_claims() == set()
    # the database's clock may have been set forward: what nobody took back is held
    assert store.renew(claim, -1) is True
    store.reap(maximum_attempts=3)
    with pytest.raises(StaleClaimError):
        store.renew(claim, 60)


def test_a_renewed_lease_is_not_reaped(store: GraphStore, database_url: str) -> None:
    claim = factories.measuring(store, lease_seconds=0.001)
    expire_lease(database_url, claim.inspection_id)
    fresh = factories.measuring(store, lease_seconds=60)
    assert [reaped.inspection_id for reaped in store.reap(maximum_attempts=3)] == [
        claim.inspection_id
    ]
    assert store.alive_claims() == {(fresh.inspection_id, fresh.fence)}


def assert_refused(store: GraphStore, stale: Claim) -> None:
    """No write under this claim is taken."""
    writes = [
        lambda: store.renew(stale, 60),
        lambda: store.save_plan(stale, "{}", engine="process", engine_why=""),
        lambda: store.append_log(stale, "run", "late"),
        lambda: store.append_log(stale, "run", ""),
        lambda: store.record_run(stale, factories.run_record(0)),
        lambda: store.finish_measure(stale),
        lambda: store.fail(stale, factories.failure()),
        lambda: store.crash(stale, "late", maximum_attempts=3),
        lambda: store.release(stale),
        lambda: store.cancel_claimed(stale),
    ]
    for write in writes:
        with pytest.raises(StaleClaimError):
            write()


@pytest.mark.parametrize("ending", ["release", "fail", "cancel_claimed"])
def test_a_claim_that_its_worker_ended_is_no_claim(
    store: GraphStore, queries: GraphQueries, ending: str
) -> None:
    claim = factories.measuring(store)
    if ending == "fail":
        store.fail(claim, factories.failure())
    else:
        getattr(store, ending)(claim)
    before = (queries.inspection(claim.inspection_id), queries.events(claim.inspection_id))
    assert_refused(store, claim)
    after = (queries.inspection(claim.inspection_id), queries.events(claim.inspection_id))
    assert after == before


def test_a_lease_renewed_between_look_and_grip_is_left_alone(store: GraphStore) -> None:
    claim = factories.measuring(store)
    seen = store.held_claims()
    assert store.renew(claim, 60) is False
    assert store.reap(maximum_attempts=3, dead=seen) == []
    assert store.renew(claim, 60) is False


def test_every_write_of_a_lost_claim_is_refused(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    stale = factories.measuring(store)
    inspection_id = stale.inspection_id
    expire_lease(database_url, inspection_id)
    store.reap(maximum_attempts=3)
    factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    before = (queries.inspection(inspection_id), queries.events(inspection_id))
    assert_refused(store, stale)
    assert (queries.inspection(inspection_id), queries.events(inspection_id)) == before
    assert queries.runs(inspection_id) == ()
    assert queries.log(inspection_id) == ()


def test_a_stale_build_adds_no_node(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    stale = factories.claimed(store, factories.queued(store))
    expire_lease(database_url, stale.inspection_id)
    store.reap(maximum_attempts=3)
    with pytest.raises(StaleClaimError):
        store.finish_build(stale, factories.built())
    assert queries.hosts() == ()
    assert execute(database_url, "SELECT count(*) FROM software_stacks") == [(0,)]


def test_finish_measure_names_the_runs_that_are_missing(
    store: GraphStore, queries: GraphQueries
) -> None:
    claim = factories.measuring(store, runs=4)
    store.record_run(claim, factories.run_record(2))
    store.record_run(claim, factories.run_record(1, accepted=False))
    with pytest.raises(ConflictError, match="index 0, 1, 3"):
        store.finish_measure(claim)
    assert queries.inspection(claim.inspection_id).state is S.RUNNING


def test_fail_keeps_its_reason(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.claimed(store, factories.queued(store))
    why = factories.failure(FailureReason.HASH_MISMATCH, "numpy differs\x00")
    store.fail(claim, why)
    view = queries.inspection(claim.inspection_id)
    assert view.state is S.FAILED
    assert view.failure is not None
    assert view.failure.reason is FailureReason.HASH_MISMATCH
    assert view.failure.attributed_to == "stack"
    assert view.failure.message == "numpy differs\N{REPLACEMENT CHARACTER}"
    assert (view.failure.hint, view.failure.last_lines) == ("See the log.", "x\ny")
    [attempt] = queries.attempts(claim.inspection_id)
    assert (attempt.outcome, attempt.failure) == (AttemptOutcome.FAILED, view.failure)
    assert queries.events(claim.inspection_id)[-1].detail == {
        "reason": "hash_mismatch",
        "attributed_to": "stack",
    }


def test_crash_tries_again_until_the_attempts_are_spent(
    store: GraphStore, queries: GraphQueries
) -> None:
    inspection_id = factories.queued(store)
    for _ in range(2):
        claim = factories.claimed(store, inspection_id)
        assert store.crash(claim, "a fault", maximum_attempts=3) is S.QUEUED
    claim = factories.claimed(store, inspection_id)
    assert claim.attempt_number == 3
    assert store.crash(claim, "the last fault", maximum_attempts=3) is S.CRASHED
    view = queries.inspection(inspection_id)
    assert (view.state, view.message, view.failure) == (S.CRASHED, "the last fault", None)
    assert [attempt.outcome for attempt in queries.attempts(inspection_id)] == [
        AttemptOutcome.CRASHED
    ] * 3


def test_attempts_of_another_kind_do_not_count(store: GraphStore) -> None:
    inspection_id = factories.queued(store)
    for _ in range(2):
        store.crash(factories.claimed(store, inspection_id), "x", maximum_attempts=3)
    store.finish_build(factories.claimed(store, inspection_id), factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    assert claim.attempt_number == 1
    assert store.crash(claim, "x", maximum_attempts=2) is S.BUILT


def test_a_released_attempt_costs_nothing(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store)
    inspection_id = claim.inspection_id
    store.mark_published([hint.outbox_id for hint in store.pending_outbox()])
    for _ in range(5):
        assert store.release(claim) is S.BUILT
        claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    assert [hint.kind for hint in store.pending_outbox()] == [AttemptKind.MEASURE] * 5
    assert store.crash(claim, "x", maximum_attempts=2) is S.BUILT
    outcomes = [attempt.outcome for attempt in queries.attempts(inspection_id)]
    assert outcomes.count(AttemptOutcome.RELEASED) == 5


@pytest.mark.parametrize("give_up", ["release", "crash", "reap", "cancel_claimed"])
@pytest.mark.parametrize("kind", list(AttemptKind))
def test_a_requested_cancel_wins_over_another_attempt(
    store: GraphStore,
    queries: GraphQueries,
    database_url: str,
    give_up: str,
    kind: AttemptKind,
) -> None:
    if kind is AttemptKind.BUILD:
        claim = factories.claimed(store, factories.queued(store))
    else:
        claim = factories.measuring(store)
    store.mark_published([hint.outbox_id for hint in store.pending_outbox()])
    store.request_cancel(claim.inspection_id)
    if give_up == "release":
        assert store.release(claim) is S.CANCELLED
    elif give_up == "crash":
        assert store.crash(claim, "x", maximum_attempts=3) is S.CANCELLED
    elif give_up == "reap":
        expire_lease(database_url, claim.inspection_id)
        [reaped] = store.reap(maximum_attempts=3)
        assert reaped.now is S.CANCELLED
    else:
        store.cancel_claimed(claim)
    view = queries.inspection(claim.inspection_id)
    assert (view.state, view.cancel_requested) == (S.CANCELLED, True)
    assert view.ended_at is not None
    assert store.pending_outbox() == []


@pytest.mark.parametrize("state", [S.ACCEPTED, S.QUEUED, S.BUILT])
def test_a_waiting_one_is_cancelled_at_once(
    store: GraphStore, queries: GraphQueries, state: InspectionState
) -> None:
    inspection_id = factories.in_state(store, state)
    assert store.request_cancel(inspection_id) is S.CANCELLED
    assert store.request_cancel(inspection_id) is S.CANCELLED
    assert path_of(queries, inspection_id).count(("cancelled", 1 if state is S.BUILT else 0)) == 1


@pytest.mark.parametrize("state", sorted(TERMINAL_STATES - {S.CANCELLED}))
def test_what_has_ended_cannot_be_cancelled(store: GraphStore, state: InspectionState) -> None:
    inspection_id = factories.in_state(store, state)
    with pytest.raises(IllegalTransitionError) as caught:
        store.request_cancel(inspection_id)
    assert (caught.value.found, caught.value.new) == (state, S.CANCELLED)


def test_cancel_of_an_unknown_one(store: GraphStore) -> None:
    with pytest.raises(NotFoundError):
        store.request_cancel("inspection-00000000")


def test_reap_returns_what_a_dead_worker_left(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    build = factories.claimed(store, factories.queued(store))
    measure = factories.measuring(store)
    store.record_run(measure, factories.run_record(1))
    waiting = factories.queued(store)
    store.mark_published([hint.outbox_id for hint in store.pending_outbox()])
    assert store.reap(maximum_attempts=3) == []
    expire_lease(database_url, build.inspection_id)
    expire_lease(database_url, measure.inspection_id)

    assert sorted(store.reap(maximum_attempts=3), key=lambda one: one.was) == [
        Reaped(build.inspection_id, 1, S.BUILDING, S.QUEUED),
        Reaped(measure.inspection_id, 2, S.RUNNING, S.BUILT),
    ]
    assert store.reap(maximum_attempts=3) == []
    assert {(hint.inspection_id, hint.kind) for hint in store.pending_outbox()} == {
        (build.inspection_id, AttemptKind.BUILD),
        (measure.inspection_id, AttemptKind.MEASURE),
    }
    assert path_of(queries, waiting) == [("accepted", 0), ("queued", 0)]
    assert queries.attempts(build.inspection_id)[0].outcome is AttemptOutcome.LOST
    again = factories.claimed(store, measure.inspection_id, AttemptKind.MEASURE)
    assert (again.accepted_runs, again.fence, again.attempt_number) == (frozenset({1}), 3, 2)


def test_reap_ends_what_died_too_often(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    inspection_id = factories.queued(store)
    states = []
    for _ in range(2):
        factories.claimed(store, inspection_id)
        expire_lease(database_url, inspection_id)
        states += [reaped.now for reaped in store.reap(maximum_attempts=2)]
    assert states == [S.QUEUED, S.CRASHED]
    assert queries.inspection(inspection_id).message == "the worker gave no sign of life"
