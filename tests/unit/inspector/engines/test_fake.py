from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from inspector.engines.base import Engine, RunExit, RunLabels
from inspector.engines.fake import FakeEngine, FakeRun, completed_result, exited
from tests.support.engine_contract import ANSWER, INSTALLATION, OUTPUT_BYTES, EngineContract


def answers(run: FakeRun) -> RunExit:
    result = {**completed_result(run.request), **ANSWER}
    run.folder.result.write_text(json.dumps(result))
    run.folder.stdout.write_text(json.dumps(ANSWER))
    return exited()


def sleeps(run: FakeRun) -> RunExit:
    if run.plan.limits.run_seconds == 1:
        return exited(None, signal=9, timed_out=True)
    run.wait(lambda: False)
    raise AssertionError("woke up")


def chatters(run: FakeRun) -> RunExit:
    run.folder.stdout.write_text("x" * (OUTPUT_BYTES + 1))
    return exited(None, signal=9, output_overflow=True)


def fails(run: FakeRun) -> RunExit:
    failure = {"reason": "script_failed", "message": "exit code 7", "differences": []}
    run.folder.result.write_text(json.dumps({"outcome": "failed", "failure": failure}))
    return exited(3)


BEHAVIOURS: dict[str, Callable[[FakeRun], RunExit]] = {
    "answers": answers,
    "sleeps": sleeps,
    "chatters": chatters,
    "fails": fails,
}


class TestFakeEngine(EngineContract):
    def engine(self, home: Path) -> Engine:
        return FakeEngine("process")

    def behave(self, engine: Engine, behaviour: str) -> None:
        assert isinstance(engine, FakeEngine)
        engine.behaviour = BEHAVIOURS[behaviour]


def test_what_a_dead_worker_left_is_removed_and_the_living_is_kept():
    engine = FakeEngine()
    engine.leave_running(RunLabels(INSTALLATION, "inspection-dead", 1, 0))
    engine.leave_running(RunLabels(INSTALLATION, "inspection-alive", 2, 3))
    engine.leave_running(RunLabels("another", "inspection-other", 1, 0))
    removed = engine.remove_leftovers(INSTALLATION, {("inspection-alive", 2)})
    assert removed == ["run 0 of inspection-dead"]
    assert sorted(key[1] for key in engine.running) == ["inspection-alive", "inspection-other"]
