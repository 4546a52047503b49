"""The solver, with a script in place of the process that answers."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from amun_core.settings import Settings
from amun_core.stack_question import QuestionState
from inspector.drain import Drain
from inspector.quiet import HostQuiet
from inspector.solving import Solver
from knowledge_graph.queries import GraphQueries
from knowledge_graph.stack_records import QuestionClaim
from knowledge_graph.store import GraphStore
from tests.support.stack_questions import question, write_snapshot
from tests.support.waiting import wait_until

REQUEST = {"verb": "count", "requirements": ["flask"]}
SAY_ANSWER = """
import json, sys
request = json.load(sys.stdin)
print(json.dumps({"event": "progress", "stage": "reading", "packages": 1}), flush=True)
print(json.dumps({"event": "answer", "answer": {"count": "3", "asked": request["verb"]}}))
"""
WAIT = "import time; time.sleep(60)"


class Bench:
    def __init__(self, store: GraphStore, queries: GraphQueries, home: Path) -> None:
        self.store, self.queries, self.home = store, queries, home
        self.drain = Drain()

    def solver(self, script: str, **settings: Any) -> Solver:
        return Solver(
            self.store,
            Settings(home=self.home, **settings),
            HostQuiet(self.home),
            worker="solver@here",
            drain=self.drain,
            command=(sys.executable, "-c", script),
        )

    def ask(self) -> str:
        return self.store.ask_question(REQUEST, "hash", fresh_seconds=0).question_id

    def state(self, question_id: str) -> QuestionState:
        return self.queries.question(question_id).state


@pytest.fixture
def bench(store: GraphStore, queries: GraphQueries, tmp_path: Path) -> Bench:
    return Bench(store, queries, tmp_path)


def test_a_question_is_answered_by_a_process(bench: Bench) -> None:
    question_id = bench.ask()
    solver = bench.solver(SAY_ANSWER)
    assert solver.once()
    assert solver.answered == 1
    view = bench.queries.question(question_id)
    assert view.answer == {"count": "3", "asked": "count"}
    assert not solver.once()


def test_the_real_process_answers(bench: Bench) -> None:
    snapshot = str(write_snapshot(bench.home / "snapshot"))
    command = (sys.executable, "-P", "-m", "dependency_monkey", "--snapshot", snapshot)
    solver = Solver(
        bench.store,
        Settings(home=bench.home),
        HostQuiet(bench.home),
        worker="solver@here",
        drain=bench.drain,
        command=command,
    )
    asked = bench.store.ask_question(question("count", "app"), "h", fresh_seconds=0)
    assert solver.once()
    answer = bench.queries.question(asked.question_id).answer
    assert answer is not None
    assert answer["count"] == "6"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ('print(\'{"event": "error", "error": {"code": "A922"}}\')', "A922"),
        ("import sys; sys.exit('broken')", "A902"),
        ("print('hello')", "A902"),
    ],
)
def test_an_error_is_stored(bench: Bench, script: str, code: str) -> None:
    question_id = bench.ask()
    assert bench.solver(script).once()
    view = bench.queries.question(question_id)
    assert view.state is QuestionState.FAILED
    assert view.error is not None
    assert view.error["code"] == code
    json.dumps(view.error)


def test_progress_is_told_while_it_works(bench: Bench) -> None:
    question_id = bench.ask()
    solver = bench.solver(
        SAY_ANSWER.replace('print(json.dumps({"event": "ans', WAIT + "#"), lease_seconds=3
    )
    thread = threading.Thread(target=solver.once)
    thread.start()
    wait_until(lambda: bench.queries.question(question_id).progress is not None)
    assert bench.queries.question(question_id).progress == {"stage": "reading", "packages": 1}
    bench.drain.start()
    thread.join(20)
    assert not thread.is_alive()
    assert bench.state(question_id) is QuestionState.ACCEPTED


def test_a_lost_lease_ends_the_work_and_writes_nothing(bench: Bench) -> None:
    question_id = bench.ask()
    solver = bench.solver(WAIT, lease_seconds=1.5)
    thread = threading.Thread(target=solver.once)
    thread.start()
    wait_until(lambda: bench.state(question_id) is QuestionState.RUNNING)
    held = bench.queries.question(question_id)
    claim = bench.store.claim_question(worker="x", lease_seconds=9, maximum_attempts=9)
    assert claim is None  # the lease holds
    assert bench.store.fail_question(QuestionClaim(question_id, 1, held.request), {"code": "X"})
    thread.join(20)
    assert not thread.is_alive()
    view = bench.queries.question(question_id)
    assert (view.state, view.error) == (QuestionState.FAILED, {"code": "X"})


def test_a_measurement_goes_first(bench: Bench) -> None:
    question_id = bench.ask()
    solver = bench.solver(SAY_ANSWER, lease_seconds=3)
    with HostQuiet(bench.home).measuring(lambda: False):
        thread = threading.Thread(target=solver.once)
        thread.start()
        wait_until(lambda: bench.queries.question(question_id).progress is not None)
        told = bench.queries.question(question_id).progress
    thread.join(20)
    assert told == {"stage": "waiting for a measurement on this host"}
    assert bench.state(question_id) is QuestionState.SUCCEEDED


def test_the_loop_ends_with_the_drain(bench: Bench) -> None:
    question_id = bench.ask()
    thread = threading.Thread(target=bench.solver(SAY_ANSWER).loop)
    thread.start()
    wait_until(lambda: bench.state(question_id) is QuestionState.SUCCEEDED)
    bench.drain.start()
    thread.join(20)
    assert not thread.is_alive()
