"""Questions about stacks: asked once, answered by one, given on when a solver is gone."""

from __future__ import annotations

import threading

import pytest

from amun_core.errors import IdempotencyConflictError, NotFoundError
from amun_core.stack_question import QuestionState
from knowledge_graph.queries import GraphQueries
from knowledge_graph.stack_records import QuestionClaim
from knowledge_graph.store import GraphStore
from tests.support.databases import execute

REQUEST = {"verb": "count", "requirements": ["flask"]}
ANSWER = {"count": "3", "snapshot": {"digest": "ab" * 32}}


def ask(store: GraphStore, request_hash: str = "h1", *, key: str | None = None) -> str:
    asked = store.ask_question(REQUEST, request_hash, fresh_seconds=600, idempotency_key=key)
    return asked.question_id


def claim(store: GraphStore, lease_seconds: float = 60, attempts: int = 3) -> QuestionClaim:
    found = store.claim_question(
        worker="solver", lease_seconds=lease_seconds, maximum_attempts=attempts
    )
    assert found is not None
    return found


def claim_nothing(store: GraphStore) -> bool:
    return store.claim_question(worker="w", lease_seconds=60, maximum_attempts=3) is None


def test_from_the_question_to_its_answer(store: GraphStore, queries: GraphQueries) -> None:
    question_id = ask(store)
    assert queries.question(question_id).state is QuestionState.ACCEPTED
    held = claim(store)
    assert (held.question_id, held.request) == (question_id, REQUEST)
    assert store.renew_question(held, 60, {"stage": "reading", "packages": 3})
    running = queries.question(question_id[: len("question-") + 6])
    assert running.state is QuestionState.RUNNING
    assert running.progress == {"stage": "reading", "packages": 3}
    assert store.answer_question(held, ANSWER)
    ended = queries.question(question_id)
    assert (ended.state, ended.answer, ended.snapshot) == ("succeeded", ANSWER, "ab" * 32)
    assert ended.ended_at is not None
    assert claim_nothing(store)


def test_an_open_or_fresh_question_is_not_asked_twice(store: GraphStore) -> None:
    first = ask(store)
    assert ask(store) == first
    assert ask(store, "other") != first
    assert store.answer_question(claim(store), ANSWER)
    assert ask(store) == first
    late = store.ask_question(REQUEST, "h1", fresh_seconds=0)
    assert (late.question_id != first, late.replayed) == (True, False)


def test_a_failure_is_told_and_asked_again(store: GraphStore, queries: GraphQueries) -> None:
    question_id = ask(store)
    problem = {"code": "A922", "message": "no stack is valid", "hint": None, "faults": []}
    assert store.fail_question(claim(store), problem)
    view = queries.question(question_id)
    assert (view.state, view.error, view.answer) == (QuestionState.FAILED, problem, None)
    assert ask(store) != question_id


def test_an_idempotency_key_names_one_question(store: GraphStore) -> None:
    first = ask(store, key="k")
    assert store.fail_question(claim(store), {"code": "A000"})
    assert ask(store, key="k") == first
    with pytest.raises(IdempotencyConflictError, match=first):
        ask(store, "other", key="k")


def test_a_solver_that_is_gone_is_replaced_and_writes_nothing_more(store: GraphStore) -> None:
    ask(store)
    gone = claim(store, lease_seconds=-1)
    again = claim(store)
    assert again.fence == gone.fence + 1
    assert not store.renew_question(gone, 60)
    assert not store.answer_question(gone, ANSWER)
    assert not store.release_question(gone)
    assert store.answer_question(again, ANSWER)
    assert not store.fail_question(again, {})


def test_what_no_solver_survives_is_crashed(store: GraphStore, queries: GraphQueries) -> None:
    question_id = ask(store)
    for _ in range(3):
        claim(store, lease_seconds=-1)
    assert claim_nothing(store)
    view = queries.question(question_id)
    assert view.state is QuestionState.CRASHED
    assert view.error is not None


def test_what_is_given_back_costs_no_attempt(store: GraphStore) -> None:
    ask(store)
    for _ in range(5):
        assert store.release_question(claim(store, attempts=1))


def test_of_many_solvers_one_gets_the_question(store: GraphStore) -> None:
    ask(store)
    got: list[QuestionClaim | None] = []
    threads = [
        threading.Thread(
            target=lambda: got.append(
                store.claim_question(worker="w", lease_seconds=60, maximum_attempts=3)
            )
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert sum(one is not None for one in got) == 1


def test_pages_come_newest_first_without_answers(store: GraphStore, queries: GraphQueries) -> None:
    ids = [ask(store, f"h{number}") for number in range(3)]
    assert store.answer_question(claim(store), ANSWER)
    page = queries.question_page(limit=2)
    assert [view.question_id for view in page.questions] == ids[:0:-1]
    rest = queries.question_page(cursor=page.next_cursor, limit=2)
    assert [(view.question_id, view.answer) for view in rest.questions] == [(ids[0], None)]
    assert rest.next_cursor is None


def test_old_answers_are_forgotten(store: GraphStore, queries: GraphQueries) -> None:
    done, waiting = ask(store, "a"), ask(store, "b")
    assert store.answer_question(claim(store), ANSWER)
    assert store.forget_questions(3600) == 0
    assert store.forget_questions(-1) == 1
    with pytest.raises(NotFoundError):
        queries.question(done)
    assert queries.question(waiting).state is QuestionState.ACCEPTED


def test_a_dead_solvers_question_is_taken_over_by_the_clock_of_whoever_asks(
    store: GraphStore, database_url: str
) -> None:
    ask(store)
    first = claim(store)
    (held,) = store.held_questions()
    # set back by an hour: by the stored time the lease would go on for long; set forward: be over
    for moved in (3600, -7200):
        execute(
            database_url,
            "UPDATE stack_questions SET lease_until = lease_until + :moved",
            moved=moved,
        )
        assert (
            store.claim_question(worker="v", lease_seconds=30, maximum_attempts=3, dead=[]) is None
        )
    renewed = store.held_questions()
    stale = store.claim_question(worker="v", lease_seconds=30, maximum_attempts=3, dead=[held])
    assert stale is None  # it was prolonged since it was looked at
    taken = store.claim_question(worker="v", lease_seconds=30, maximum_attempts=3, dead=renewed)
    assert taken is not None
    assert (taken.question_id, taken.fence) == (first.question_id, first.fence + 1)
