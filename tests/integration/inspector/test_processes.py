"""Real processes: the whole way of an inspection, and what is left when one of them dies."""

from __future__ import annotations

import signal
import time

import pytest

from amun_core.states import AttemptKind

ANSWER = "import json\nprint(json.dumps({'@parameters': {}, '@result': {'elapsed': 2.0}}))\n"
SLOW = "import time\ntime.sleep(0.7)\n" + ANSWER
VARYING = (
    "import json, time\ntime.sleep(0.5)\nelapsed = 1 + time.time_ns() % 7\n"
    "print(json.dumps({'@parameters': {}, '@result': {'elapsed': elapsed}}))\n"
)
ENDLESS = "import time\ntime.sleep(600)\n"


def accepted(inspector, inspection_id: str) -> list[int]:
    runs = inspector.queries.runs(inspection_id)
    return [run.run_index for run in runs if run.accepted]


def test_an_inspection_goes_the_whole_way(inspector):
    inspection_id = inspector.submit(script=ANSWER, runs=3)
    view = inspector.wait(inspection_id)
    assert (view.state, view.failure, view.engine) == ("succeeded", None, "process")
    assert accepted(inspector, inspection_id) == [0, 1, 2]
    run = inspector.queries.run(inspection_id, 0)
    assert run.elapsed_seconds == 0.002
    assert run.document["stdout"] == {"@parameters": {}, "@result": {"elapsed": 2.0}}
    fence = inspector.queries.attempts(inspection_id)[-1].fence
    told = inspector.lines("measurer", "completed")
    assert (told[-1]["inspection_id"], told[-1]["fence"]) == (inspection_id, fence)


def test_a_measurer_killed_in_mid_run_loses_only_the_run_in_hand(inspector):
    inspection_id = inspector.submit(script=SLOW, runs=4)
    inspector.until(
        lambda: accepted(inspector, inspection_id) and inspector.runs_alive(), "the second run"
    )
    inspector.kill("measurer")
    kept = accepted(inspector, inspection_id)
    inspector.start("measurer")
    assert inspector.wait(inspection_id).state == "succeeded"
    assert accepted(inspector, inspection_id) == [0, 1, 2, 3]
    first, *_, last = [
        attempt
        for attempt in inspector.queries.attempts(inspection_id)
        if attempt.kind == "measure"
    ]
    assert (first.outcome, last.outcome) == ("lost", "completed")
    assert kept[0] == 0
    assert inspector.runs_alive() == []
    inspector.until(lambda: not list(inspector.home.glob("runs/*")), "run folders are removed")


def test_a_measurer_killed_before_the_result_is_precise_is_succeeded_by_another(inspector):
    precision = {"relative_half_width": 0.001, "maximum_runs": 9}
    inspection_id = inspector.submit(script=VARYING, precision=precision)
    inspector.until(
        lambda: len(accepted(inspector, inspection_id)) >= 7 and inspector.runs_alive(),
        "a run beyond the fewest",
    )
    inspector.kill("measurer")
    kept = {run.run_index: run.ended_at for run in inspector.queries.runs(inspection_id)}
    inspector.start("measurer")
    view = inspector.wait(inspection_id)
    assert (view.state, view.runs, view.runs_accepted) == ("succeeded", 9, 9)
    runs = inspector.queries.runs(inspection_id)
    assert [run.run_index for run in runs] == list(range(9))  # none was made twice
    assert {run.run_index: run.ended_at for run in runs}.items() >= kept.items()
    log = "".join(chunk["text"] for chunk in inspector.queries.log(inspection_id))
    assert "the most runs that were allowed were made" in log


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_measurer_told_to_end_gives_the_work_back_in_seconds(inspector, sent):
    inspection_id = inspector.submit(script=ENDLESS, runs=1)
    inspector.until(inspector.runs_alive, "the run has started")
    started = time.monotonic()
    process = inspector.processes.pop("measurer")
    process.send_signal(sent)
    assert process.wait(20) == 0
    assert time.monotonic() - started < 5
    assert inspector.view(inspection_id).state == "built"
    assert inspector.queries.attempts(inspection_id)[-1].outcome == "released"
    assert inspector.runs_alive() == []
    inspector.store.request_cancel(inspection_id)  # the next measurer shall not take it up


def test_a_cancel_ends_the_run_at_once(inspector):
    inspection_id = inspector.submit(script=ENDLESS, runs=1)
    inspector.until(inspector.runs_alive, "the run has started")
    inspector.store.request_cancel(inspection_id)
    started = time.monotonic()
    assert inspector.wait(inspection_id).state == "cancelled"
    assert time.monotonic() - started < 5
    assert inspector.runs_alive() == []


def test_a_broker_that_dies_stops_nothing(inspector):
    interruptions = len(inspector.lines("dispatcher", "dispatch_interrupted"))
    inspector.kill("redis")
    inspection_id = inspector.submit(script=ANSWER, runs=1)
    assert inspector.wait(inspection_id).state == "succeeded"
    assert len(inspector.lines("dispatcher", "dispatch_interrupted")) == interruptions + 1
    inspector.until(lambda: inspector.lines("measurer", "no_hints"), "the measurer says so")
    resumed = len(inspector.lines("dispatcher", "dispatch_resumed"))
    inspector.start_redis()

    def again() -> bool:
        assert inspector.wait(inspector.submit(script=ANSWER, runs=1)).state == "succeeded"
        return len(inspector.lines("dispatcher", "dispatch_resumed")) > resumed

    inspector.until(again, "the hints are taken again")


def test_what_was_accepted_while_nothing_ran_is_done_later(stopped):
    inspection_id = stopped.submit(script=ANSWER, runs=1)
    stopped.start("dispatcher", "builder", "measurer")
    stopped.until(lambda: stopped.lines("dispatcher", "dispatch_interrupted"), "no broker yet")
    stopped.start_redis()
    assert stopped.wait(inspection_id).state == "succeeded"


def test_a_builder_that_dies_is_replaced(stopped):
    stopped.start_redis()
    stopped.start("dispatcher", "reaper")
    inspection_id = stopped.submit(script=ANSWER, runs=1)
    stopped.until(lambda: stopped.view(inspection_id).state == "queued", "queued")
    claim = stopped.store.claim(inspection_id, AttemptKind.BUILD, worker="dead", lease_seconds=0.5)
    assert claim is not None
    stopped.start("builder", "measurer")
    assert stopped.wait(inspection_id).state == "succeeded"
    outcomes = [one.outcome for one in stopped.queries.attempts(inspection_id)]
    assert outcomes == ["lost", "completed", "completed"]


def test_every_process_ends_by_itself_when_told(inspector):
    assert {name: inspector.end(name) for name in ("dispatcher", "builder", "measurer", "reaper")} == {
        "dispatcher": 0, "builder": 0, "measurer": 0, "reaper": 0
    }  # fmt: skip


def test_signs_of_life_tell_which_engines_work(inspector):
    engines = {one["name"]: one for one in inspector.beat("builder")["engines"]}
    assert engines["process"]["usable"] is True
    assert engines["process"]["version"].startswith("uv ")
    assert set(engines) == {"process", "container"}
