"""The store in short, on SQLite; the whole of it is tested on both databases in integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from amun_core.errors import IllegalTransitionError, StaleClaimError
from amun_core.states import Actor, AttemptKind, InspectionState
from knowledge_graph import store as store_module
from knowledge_graph import transitions
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests import factories

S = InspectionState
PACKAGE = Path(store_module.__file__).parent


@pytest.mark.parametrize("state", list(S))
def test_each_state_is_reached(
    store: GraphStore, queries: GraphQueries, state: InspectionState
) -> None:
    inspection_id = factories.in_state(store, state)
    view = queries.inspection(inspection_id)
    assert view.state is state
    assert (view.ended_at is not None) == state.terminal
    assert len(store.alive_claims()) == state.active
    assert queries.events(inspection_id)[-1].state_to is state


def test_a_transition_that_is_not_in_the_table_is_refused(store: GraphStore) -> None:
    inspection_id = factories.in_state(store, S.SUCCEEDED)
    for new, actor in ((S.QUEUED, Actor.REAPER), (S.FAILED, Actor.MEASURER)):
        with store._transaction() as connection, pytest.raises(IllegalTransitionError):
            transitions.transition(connection, inspection_id, S.SUCCEEDED, new, actor)


def test_an_actor_may_not_do_anothers_work(store: GraphStore) -> None:
    inspection_id = factories.in_state(store, S.QUEUED)
    with store._transaction() as connection, pytest.raises(IllegalTransitionError):
        transitions.transition(connection, inspection_id, S.QUEUED, S.BUILDING, Actor.API)


def test_the_fence_keeps_an_old_worker_out(store: GraphStore, queries: GraphQueries) -> None:
    old = factories.measuring(store)
    store.release(old)
    new = factories.claimed(store, old.inspection_id, AttemptKind.MEASURE)
    with pytest.raises(StaleClaimError, match=r"no longer running under fence 2$"):
        store.record_run(old, factories.run_record(0))
    assert store.record_run(new, factories.run_record(0))
    assert queries.inspection(old.inspection_id).runs_accepted == 1


def test_only_one_module_writes_a_state() -> None:
    writers = {
        path.name
        for path in PACKAGE.glob("*.py")
        if '"state":' in path.read_text() or "state=" in path.read_text()
    }
    # creating.py: the first state; recording.py: that of a run; stack_questions.py: those of a
    # question, which has a life of its own; the others: of records that were read
    read = {"views.py", "run_values.py", "stack_queries.py"}
    writing = {"transitions.py", "creating.py", "recording.py", "stack_questions.py"}
    assert writers - read == writing


def test_creating_takes_few_statements(store: GraphStore) -> None:
    seen: list[str] = []
    from sqlalchemy import event

    event.listen(
        store._engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: seen.append(statement),
    )
    store.create_inspection(factories.new_inspection())
    verbs = [statement.split("(")[0].strip() for statement in seen]
    assert verbs == [
        "BEGIN IMMEDIATE",
        "INSERT INTO inspections",
        "INSERT INTO outbox",
        "INSERT INTO inspection_events",
    ]


def test_an_inspection_is_read_by_one_statement(store: GraphStore, queries: GraphQueries) -> None:
    from sqlalchemy import event

    inspection_id = factories.succeeded(store, labels={"a": "b", "c": "d"})
    seen: list[str] = []
    event.listen(
        queries._engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: seen.append(statement),
    )
    assert queries.inspection(inspection_id).runs_accepted == 2
    assert len(seen) == 1
