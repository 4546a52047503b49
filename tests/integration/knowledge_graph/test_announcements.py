"""The outbox: nothing is announced too early, nothing is forgotten."""

from __future__ import annotations

import pytest

from amun_core.states import AttemptKind, InspectionState
from knowledge_graph.store import GraphStore
from knowledge_graph.waiting import LOOK
from tests import factories


def publish_all(store: GraphStore) -> None:
    store.mark_published([hint.outbox_id for hint in store.pending_outbox()])


def test_hints_come_oldest_first_and_go_when_published(store: GraphStore) -> None:
    ids = [factories.in_state(store, InspectionState.ACCEPTED) for _ in range(3)]
    hints = store.pending_outbox()
    assert [hint.inspection_id for hint in hints] == ids
    assert [hint.inspection_id for hint in store.pending_outbox(limit=2)] == ids[:2]
    store.mark_published([])
    store.mark_published([hints[0].outbox_id, hints[2].outbox_id])
    assert store.pending_outbox() == [hints[1]]


def test_a_number_of_a_hint_never_comes_back(store: GraphStore) -> None:
    factories.in_state(store, InspectionState.ACCEPTED)
    [first] = store.pending_outbox()
    store.mark_published([first.outbox_id])
    factories.in_state(store, InspectionState.ACCEPTED)
    [second] = store.pending_outbox()
    assert second.outbox_id > first.outbox_id


def test_a_hint_of_what_is_built_names_the_host_that_holds_it(store: GraphStore) -> None:
    factories.in_state(store, InspectionState.BUILT)
    assert [(hint.kind, hint.host_id) for hint in store.pending_outbox()] == [
        (AttemptKind.MEASURE, factories.HOST)
    ]


@pytest.mark.parametrize("state", sorted(InspectionState))
def test_workers_are_woken_for_what_waits_alone(store: GraphStore, state: InspectionState) -> None:
    for _ in range(3):
        factories.in_state(store, state)
    publish_all(store)
    expected = {
        InspectionState.QUEUED: {(AttemptKind.BUILD, None)},
        InspectionState.BUILT: {(AttemptKind.MEASURE, factories.HOST)},
    }
    assert store.waiting_queues() == expected.get(state, set())
    assert store.pending_outbox() == []  # a look stores nothing


@pytest.mark.parametrize("state", sorted(InspectionState))
def test_each_host_finds_what_it_may_take_and_nothing_else(
    store: GraphStore, state: InspectionState
) -> None:
    inspection_id = factories.in_state(store, state)
    queued, built = state is InspectionState.QUEUED, state is InspectionState.BUILT
    for host_id in (factories.HOST, "another"):
        assert store.waiting_builds(host_id) == ([inspection_id] if queued else [])
        waiting = [one.inspection_id for one in store.waiting_measurements(host_id)]
        assert waiting == ([inspection_id] if built and host_id == factories.HOST else [])


def test_what_waits_is_found_oldest_first_and_a_few_at_a_time(store: GraphStore) -> None:
    ids = [factories.in_state(store, InspectionState.QUEUED) for _ in range(LOOK + 2)]
    assert store.waiting_builds("any") == ids[:LOOK]
