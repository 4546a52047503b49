"""Comparisons in the store: claimed, renewed, given back and ended as a pair, on both databases."""

from __future__ import annotations

import threading

import pytest

from amun_core.comparison import ComparisonKind, ComparisonState, EndedBecause
from amun_core.errors import (
    ConflictError,
    IdempotencyConflictError,
    NotFoundError,
    StaleClaimError,
)
from amun_core.states import AttemptKind, AttributedTo, FailureReason, InspectionState
from knowledge_graph.comparison_records import PairClaim
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import InspectionFilter
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support import comparisons
from tests.support.databases import expire_lease

S = InspectionState
HOST = factories.HOST


def states(queries: GraphQueries, comparison_id: str) -> tuple[InspectionState, ...]:
    return tuple(arm.state for arm in queries.comparison(comparison_id).arms)


def hints(store: GraphStore) -> list[tuple[str, AttemptKind]]:
    return [(message.inspection_id, message.kind) for message in store.pending_outbox()]


def test_a_comparison_makes_two_ordinary_inspections(
    store: GraphStore, queries: GraphQueries
) -> None:
    comparison_id = comparisons.accepted(store, identifier="mine", labels={"team": "red"})
    assert comparison_id.startswith("comparison-mine-")
    view = queries.comparison(comparison_id[len("comparison-mine-") :])
    assert view.comparison_id == comparison_id
    assert view.state is ComparisonState.ACCEPTED
    assert (view.a.arm, view.b.arm) == ("a", "b")
    assert {arm.comparison_id for arm in view.arms} == {comparison_id}
    assert view.a.specification
    assert view.labels == {"team": "red"}
    assert hints(store) == [
        (view.a.inspection_id, AttemptKind.BUILD),
        (view.b.inspection_id, AttemptKind.BUILD),
    ]


def test_the_same_request_again_gets_the_first_answer(
    store: GraphStore, queries: GraphQueries
) -> None:
    first = comparisons.accepted(store, key="k")
    assert comparisons.accepted(store, key="k") == first
    assert len(queries.page(InspectionFilter()).inspections) == 2
    with pytest.raises(IdempotencyConflictError, match=first):
        comparisons.accepted(store, key="k", request_hash="amun-request-1:01")


def test_an_arm_is_never_claimed_alone(store: GraphStore) -> None:
    comparison_id = comparisons.built(store)
    for arm in comparisons.arms_of(store, comparison_id):
        claim = store.claim(arm, AttemptKind.MEASURE, worker="w", lease_seconds=60, host_id=HOST)
        assert claim is None
        assert store.comparison_of(arm) == comparison_id
    assert store.comparison_of(factories.queued(store)) is None


def test_nothing_is_claimed_before_both_are_built(store: GraphStore) -> None:
    comparison_id = comparisons.accepted(store)
    a, b = comparisons.arms_of(store, comparison_id)
    comparisons.build(store, a)
    asked = {"worker": "w", "lease_seconds": 60.0, "host_id": HOST}
    assert store.claim_pair(comparison_id, **asked) is None
    comparisons.build(store, b)
    assert store.claim_pair(comparison_id, **asked | {"host_id": "another"}) is None
    pair = store.claim_pair(comparison_id, **asked)
    assert pair is not None
    assert (pair.a.inspection_id, pair.b.inspection_id) == (a, b)
    assert (pair.a.build_variant, pair.b.build_variant) == (0, 1)
    assert store.claim_pair(comparison_id, **asked) is None


def test_of_many_measurers_one_gets_the_pair(store: GraphStore) -> None:
    comparison_id = comparisons.built(store)
    got: list[PairClaim] = []
    gate = threading.Barrier(4)

    def claim() -> None:
        gate.wait()
        pair = store.claim_pair(comparison_id, worker="w", lease_seconds=60, host_id=HOST)
        if pair is not None:
            got.append(pair)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_both_arms_are_built_on_one_host(store: GraphStore, queries: GraphQueries) -> None:
    comparison_id = comparisons.accepted(store)
    a, b = comparisons.arms_of(store, comparison_id)
    store.mark_queued([a, b])
    assert factories.claimed(store, a).comparison_id == comparison_id
    elsewhere = store.claim(
        b, AttemptKind.BUILD, worker="w", lease_seconds=60, host_id="amun-host-1:bb22"
    )
    assert elsewhere is None
    assert states(queries, comparison_id) == (S.BUILDING, S.QUEUED)
    assert queries.inspection(b).build_started_at is None
    assert factories.claimed(store, b).fence == 1


def test_blocks_are_stored_once_and_under_both_claims(
    store: GraphStore, queries: GraphQueries
) -> None:
    comparison_id = comparisons.built(store)
    pair = comparisons.claimed(store, comparison_id)
    comparisons.measured(store, pair, 2)
    assert not store.store_block(pair, comparisons.block(1, 0.5))
    kept = queries.blocks(comparison_id)[comparison_id]
    assert [(one.index, one.log_ratio) for one in kept] == [(0, 0.001), (1, 0.001)]
    assert kept[1].in_time_order == (0.002, 0.002, 0.0022, 0.0021)
    assert kept[0].in_time_order == (0.002, 0.002, 0.0021, 0.0022)
    view = queries.comparison(comparison_id)
    assert (view.state, view.blocks) == (ComparisonState.MEASURING, 2)
    store.release_pair(pair)
    with pytest.raises(StaleClaimError):
        store.store_block(pair, comparisons.block(2))
    again = comparisons.claimed(store, comparison_id)
    assert [one.index for one in again.blocks] == [0, 1]
    assert again.a.accepted_runs == {0, 1, 2, 3}


def test_the_end_is_written_with_both_arms(store: GraphStore, queries: GraphQueries) -> None:
    comparison_id = comparisons.succeeded(store)
    view = queries.comparison(comparison_id)
    assert view.state is ComparisonState.SUCCEEDED
    assert view.ended_because is EndedBecause.DECIDED
    assert view.outcome is not None
    assert view.outcome["verdict"] == "equivalent"
    assert view.ended_at is not None
    assert states(queries, comparison_id) == (S.SUCCEEDED, S.SUCCEEDED)
    assert queries.calibrations() == ()
    assert queries.comparison_counts() == {"decided": 1}
    assert [len(queries.arm_values(arm.inspection_id)) for arm in view.arms] == [20, 20]


def test_a_calibration_is_stored_with_its_host(store: GraphStore, queries: GraphQueries) -> None:
    older = comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION)
    newer = comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION)
    assert [one.comparison_id for one in queries.calibrations(HOST)] == [newer, older]
    assert queries.calibrations(HOST)[0].document["least_detectable_effect"] == 1.034
    assert queries.calibrations("another") == ()


def test_a_failed_run_ends_both_and_blames_one(store: GraphStore, queries: GraphQueries) -> None:
    comparison_id = comparisons.built(store)
    pair = comparisons.claimed(store, comparison_id)
    store.fail_pair(pair, "b", factories.failure(FailureReason.RUN_CRASHED))
    view = queries.comparison(comparison_id)
    assert view.state is ComparisonState.FAILED
    assert view.a.failure is not None
    assert view.b.failure is not None
    assert view.b.failure.reason is FailureReason.RUN_CRASHED
    assert view.a.failure.reason is FailureReason.OTHER_ARM_ENDED
    assert view.a.failure.attributed_to is AttributedTo.REQUEST
    assert view.b.inspection_id in view.a.failure.message
    outcomes = [queries.attempts(arm.inspection_id)[-1].outcome for arm in view.arms]
    assert outcomes == ["completed", "failed"]


@pytest.mark.parametrize("other", [S.ACCEPTED, S.QUEUED, S.BUILT])
def test_an_arm_that_waits_ends_with_the_other(
    store: GraphStore, queries: GraphQueries, other: InspectionState
) -> None:
    comparison_id = comparisons.accepted(store)
    a, b = comparisons.arms_of(store, comparison_id)
    if other is S.QUEUED:
        store.mark_queued([b])
    if other is S.BUILT:
        comparisons.build(store, b)
    store.mark_queued([a])
    store.fail(factories.claimed(store, a), factories.failure())
    assert states(queries, comparison_id) == (S.FAILED, S.FAILED)
    assert queries.events(b)[-1].detail["other_arm"] == a
    assert queries.comparison(comparison_id).state is ComparisonState.FAILED


def test_an_arm_in_work_ends_when_it_would_be_measured(
    store: GraphStore, queries: GraphQueries
) -> None:
    comparison_id = comparisons.accepted(store)
    a, b = comparisons.arms_of(store, comparison_id)
    store.mark_queued([a, b])
    building = factories.claimed(store, b)
    store.crash(factories.claimed(store, a), "no disk", maximum_attempts=1)
    assert states(queries, comparison_id) == (S.CRASHED, S.BUILDING)
    assert queries.comparison(comparison_id).state is ComparisonState.CRASHED
    store.finish_build(building, factories.built())
    assert store.claim_pair(comparison_id, worker="w", lease_seconds=60, host_id=HOST) is None
    assert states(queries, comparison_id) == (S.CRASHED, S.FAILED)


def test_expired_leases_bring_both_back_with_their_blocks(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    comparison_id = comparisons.built(store)
    pair = comparisons.claimed(store, comparison_id)
    comparisons.measured(store, pair, 1)
    for claim in pair.arms:
        expire_lease(database_url, claim.inspection_id)
    reaped = store.reap(maximum_attempts=3)
    assert {one.now for one in reaped} == {S.BUILT}
    assert sorted(hints(store)) == sorted(
        (claim.inspection_id, AttemptKind.MEASURE) for claim in pair.arms
    )
    with pytest.raises(StaleClaimError):
        store.renew_pair(pair, 60)
    assert len(comparisons.claimed(store, comparison_id).blocks) == 1


def test_attempts_that_are_spent_end_both(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    comparison_id = comparisons.built(store)
    pair = comparisons.claimed(store, comparison_id)
    assert store.crash_pair(pair, "no disk", maximum_attempts=2) == (S.BUILT, S.BUILT)
    pair = comparisons.claimed(store, comparison_id)
    assert store.crash_pair(pair, "no disk", maximum_attempts=2) == (S.CRASHED, S.CRASHED)
    assert queries.comparison(comparison_id).state is ComparisonState.CRASHED


def test_a_lease_of_one_arm_that_was_taken_back_loses_the_pair(
    store: GraphStore, database_url: str
) -> None:
    pair = comparisons.claimed(store, comparisons.built(store))
    assert store.renew_pair(pair, 60) is False
    expire_lease(database_url, pair.b.inspection_id)
    assert len(store.reap(maximum_attempts=3)) == 1
    with pytest.raises(StaleClaimError):
        store.renew_pair(pair, 60)


@pytest.mark.parametrize("where", ["comparison", "arm"])
def test_cancelled_where_nobody_works(store: GraphStore, queries: GraphQueries, where: str) -> None:
    comparison_id = comparisons.built(store)
    if where == "comparison":
        store.request_cancel_comparison(comparison_id)
        store.request_cancel_comparison(comparison_id)
    else:
        store.request_cancel(comparisons.arms_of(store, comparison_id)[1])
    assert states(queries, comparison_id) == (S.CANCELLED, S.CANCELLED)
    assert queries.comparison(comparison_id).state is ComparisonState.CANCELLED


@pytest.mark.parametrize("where", ["comparison", "arm"])
def test_a_wish_to_cancel_reaches_the_measurer_of_the_pair(
    store: GraphStore, queries: GraphQueries, where: str
) -> None:
    comparison_id = comparisons.built(store)
    pair = comparisons.claimed(store, comparison_id)
    if where == "comparison":
        store.request_cancel_comparison(comparison_id)
    else:
        store.request_cancel(pair.b.inspection_id)
    assert store.renew_pair(pair, 60) is True
    store.cancel_pair(pair)
    assert states(queries, comparison_id) == (S.CANCELLED, S.CANCELLED)


def test_a_pair_that_is_given_back_after_a_wish_to_cancel_is_cancelled(
    store: GraphStore, queries: GraphQueries
) -> None:
    comparison_id = comparisons.built(store)
    pair = comparisons.claimed(store, comparison_id)
    store.request_cancel(pair.a.inspection_id)
    assert store.release_pair(pair) == (S.CANCELLED, S.CANCELLED)


def test_what_has_ended_is_not_cancelled(store: GraphStore) -> None:
    with pytest.raises(ConflictError, match="has ended"):
        store.request_cancel_comparison(comparisons.succeeded(store))
    with pytest.raises(ConflictError, match="has ended"):
        store.request_cancel_comparison(comparisons.failed(store))
    with pytest.raises(NotFoundError, match="no comparison"):
        store.request_cancel_comparison("comparison-00000000")


def test_two_stored_inspections_are_judged_and_stay(
    store: GraphStore, queries: GraphQueries
) -> None:
    a, b = factories.succeeded(store), factories.succeeded(store)
    new = comparisons.new_comparison(seed=None)
    made = store.store_comparison(new, a, b, comparisons.outcome(0), idempotency_key="k")
    assert store.store_comparison(new, a, b, comparisons.outcome(0), idempotency_key="k").replayed
    view = queries.comparison(made.comparison_id)
    assert (view.state, view.design) == (ComparisonState.SUCCEEDED, "stored")
    assert (view.a.inspection_id, view.b.inspection_id) == (a, b)
    assert view.a.comparison_id is None
    with pytest.raises(ConflictError, match="has ended"):
        store.request_cancel_comparison(made.comparison_id)


def test_the_list_is_newest_first_with_a_cursor(store: GraphStore, queries: GraphQueries) -> None:
    made = [comparisons.accepted(store) for _ in range(3)]
    first = queries.comparison_page(limit=2)
    assert [view.comparison_id for view in first.comparisons] == [made[2], made[1]]
    assert first.comparisons[0].a.specification == ""
    rest = queries.comparison_page(cursor=first.next_cursor, limit=2)
    assert [view.comparison_id for view in rest.comparisons] == [made[0]]
    assert rest.next_cursor is None
    with pytest.raises(NotFoundError, match="no comparison"):
        queries.comparison("comparison-none")
