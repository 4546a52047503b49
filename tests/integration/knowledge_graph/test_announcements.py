"""The outbox: nothing is announced too early, nothing is forgotten."""

from __future__ import annotations

import pytest

from amun_core.states import AttemptKind, InspectionState
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import execute


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


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (InspectionState.QUEUED, AttemptKind.BUILD),
        (InspectionState.BUILT, AttemptKind.MEASURE),
    ],
)
def test_what_waits_too_long_is_announced_again(
    store: GraphStore, database_url: str, state: InspectionState, kind: AttemptKind
) -> None:
    waiting = factories.in_state(store, state)
    publish_all(store)
    assert store.announce_waiting(60) == 0
    execute(database_url, "UPDATE inspections SET announced_at = announced_at - 61")
    assert store.announce_waiting(60) == 1
    assert [(hint.inspection_id, hint.kind) for hint in store.pending_outbox()] == [(waiting, kind)]
    publish_all(store)
    assert store.announce_waiting(60) == 0


def test_what_still_has_its_hint_is_not_announced_twice(
    store: GraphStore, database_url: str
) -> None:
    factories.in_state(store, InspectionState.BUILT)
    execute(database_url, "UPDATE inspections SET announced_at = 1")
    assert store.announce_waiting(60) == 0
    assert len(store.pending_outbox()) == 1


@pytest.mark.parametrize(
    "state",
    sorted(set(InspectionState) - {InspectionState.QUEUED, InspectionState.BUILT}),
)
def test_nothing_else_is_announced_again(
    store: GraphStore, database_url: str, state: InspectionState
) -> None:
    factories.in_state(store, state)
    publish_all(store)
    execute(database_url, "UPDATE inspections SET announced_at = 1")
    assert store.announce_waiting(60) == 0
