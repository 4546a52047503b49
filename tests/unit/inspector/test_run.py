from __future__ import annotations

import json
import os
import threading
from dataclasses import replace

import pytest

from amun_core.metadata import check_facts
from amun_core.states import AttemptKind, AttemptOutcome
from inspector.build import build
from inspector.claim import work_on
from inspector.engines.fake import FakeRun, complete, completed_result, exited
from inspector.precision import fact_of
from inspector.run import measure

SCRIPT = "print('{}')\n"


@pytest.fixture
def submit_built(bench):
    def submit(**changes) -> str:
        inspection_id = bench.submit(**changes)
        assert work_on(bench.workplace, inspection_id, AttemptKind.BUILD, build)
        assert bench.state(inspection_id) == "built"
        return inspection_id

    return submit


def measured(bench, inspection_id: str) -> str:
    """Measure the inspection; its state afterwards."""
    assert work_on(bench.workplace, inspection_id, AttemptKind.MEASURE, measure)
    return bench.state(inspection_id)


def test_every_run_is_recorded_in_order_with_its_samples(bench, submit_built):
    inspection_id = submit_built(runs=3)
    assert measured(bench, inspection_id) == "succeeded"
    runs = bench.queries.runs(inspection_id)
    assert [(run.run_index, run.accepted) for run in runs] == [(0, True), (1, True), (2, True)]
    assert list(runs[0].seconds) == [0.004, 0.0021, 0.002, 0.0019, 0.002]
    assert (runs[0].warmups, runs[0].elapsed_seconds) == (1, 0.002)
    assert runs[0].document["hostname"] == "measuring-host"
    assert runs[0].facts["threads"]["requested"] == 2


def test_no_run_folder_and_no_measuring_lease_stay(bench, submit_built):
    measured(bench, submit_built())
    assert list(bench.workplace.settings.home.glob("runs/*")) == []
    assert bench.store.acquire_host_lease(bench.workplace.host.host_id, "another", 30)


def test_the_run_is_told_what_to_do(bench, submit_built):
    requests = []

    def look(run: FakeRun):
        requests.append(run.request)
        return complete(run)

    bench.process.behaviour = look
    inspection_id = submit_built(runs=1)
    measured(bench, inspection_id)
    (request,) = requests
    assert request["indicator"] == {
        "name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}
    }  # fmt: skip
    assert (request["script"], request["run_index"]) == (None, 0)
    assert request["expected"] == [["numpy", "2.4.6"]]
    assert (request["threads"], request["cpu_set"]) == (2, [0, 1])
    assert request["inspection_id"] == inspection_id


def test_a_script_is_put_beside_the_request_and_nothing_is_compared(bench, submit_built):
    seen = []

    def look(run: FakeRun):
        seen.append((run.request["script"], run.folder.script.read_text(), run.request["expected"]))
        return complete(run)

    bench.process.behaviour = look
    inspection_id = submit_built(indicator=None, python=None, script=SCRIPT, runs=1)
    assert measured(bench, inspection_id) == "succeeded"
    ((path, text, expected),) = seen
    assert path.endswith("/in/script.py")
    assert (text, expected) == (SCRIPT, None)


def test_a_failed_run_is_kept_unaccepted_and_ends_the_inspection(bench, submit_built):
    def crash(run: FakeRun):
        if run.labels.run_index == 0:
            return complete(run)
        run.folder.stderr.write_text("Fatal Python error: Segmentation fault\n")
        return exited(None, signal=11)

    bench.process.behaviour = crash
    inspection_id = submit_built(runs=3)
    assert measured(bench, inspection_id) == "failed"
    failure = bench.queries.inspection(inspection_id).failure
    assert (failure.reason, failure.attributed_to) == ("run_crashed", "stack")
    assert failure.message == "the run was ended by SIGSEGV"
    assert failure.last_lines == "Fatal Python error: Segmentation fault"
    runs = bench.queries.runs(inspection_id)
    assert [(run.run_index, run.accepted) for run in runs] == [(0, True), (1, False)]


def test_a_changed_environment_is_refused_named_and_taken_out_of_use(bench, submit_built):
    inspection_id = submit_built()
    (key,) = bench.process.environments
    bench.process.tampered[key] = ("numpy 2.4.6: file numpy/__init__.py changed",)
    assert measured(bench, inspection_id) == "failed"
    failure = bench.queries.inspection(inspection_id).failure
    assert (failure.reason, failure.attributed_to) == ("environment_changed", "host")
    assert "numpy 2.4.6: file numpy/__init__.py changed" in failure.message
    assert bench.process.started == []
    assert bench.process.environments == {}


def test_a_difference_that_the_run_itself_finds_discards_the_environment(bench, submit_built):
    def refuse(run: FakeRun):
        failure = {
            "reason": "environment_changed",
            "message": "numpy: lock has 2.4.6",
            "differences": [],
        }
        document = {"schema": "amun.run/1", "outcome": "failed", "failure": failure}
        run.folder.result.write_text(json.dumps(document))
        return exited(3)

    bench.process.behaviour = refuse
    assert measured(bench, submit_built()) == "failed"
    assert bench.process.environments == {}


def test_an_environment_that_the_cache_lost_is_made_again(bench, submit_built):
    inspection_id = submit_built()
    bench.process.environments.clear()
    assert measured(bench, inspection_id) == "succeeded"
    assert len(bench.process.prepared) == 2


def test_only_missing_runs_are_made_after_a_crash_of_ours(bench, submit_built):
    def break_once(run: FakeRun):
        if run.labels.run_index == 2 and run.labels.fence == 2:
            raise OSError("the disk went away")
        return complete(run)

    bench.process.behaviour = break_once
    inspection_id = submit_built(runs=4)
    assert measured(bench, inspection_id) == "built"
    assert measured(bench, inspection_id) == "succeeded"
    started = [(labels.fence, labels.run_index) for labels in bench.process.started]
    assert started == [(2, 0), (2, 1), (2, 2), (3, 2), (3, 3)]
    assert sum(run.accepted for run in bench.queries.runs(inspection_id)) == 4


def test_a_drain_in_mid_run_keeps_what_was_accepted(bench, submit_built):
    def drain_in_second(run: FakeRun):
        if run.labels.run_index == 1:
            bench.workplace.drain.start()
            run.wait(lambda: False)
        return complete(run)

    bench.process.behaviour = drain_in_second
    inspection_id = submit_built(runs=3)
    assert measured(bench, inspection_id) == "built"
    assert bench.queries.attempts(inspection_id)[-1].outcome is AttemptOutcome.RELEASED
    assert bench.queries.inspection(inspection_id).runs_accepted == 1
    assert bench.process.running == {}


def test_a_cancel_in_mid_run_ends_the_inspection(bench, submit_built, monkeypatch):
    monkeypatch.setattr("inspector.claim.CANCEL_SECONDS", 0.01)

    def wait_for_ever(run: FakeRun):
        bench.store.request_cancel(run.labels.inspection_id)
        run.wait(lambda: False)

    bench.process.behaviour = wait_for_ever
    assert measured(bench, submit_built()) == "cancelled"


def test_a_run_that_ends_after_its_lease_is_not_stored(bench, submit_built):
    def lose(run: FakeRun):
        bench.store.crash(claims[0], "the reaper was here", maximum_attempts=3)
        return complete(run)

    bench.process.behaviour = lose
    inspection_id = submit_built(runs=1)
    claims = []
    claim_once = bench.store.claim

    def claim(*arguments, **options):
        claims.append(claim_once(*arguments, **options))
        return claims[-1]

    bench.store.claim = claim
    assert measured(bench, inspection_id) == "built"
    assert list(bench.queries.runs(inspection_id)) == []


def test_a_host_on_which_another_installation_measures_is_waited_for(bench, submit_built):
    host_id = bench.workplace.host.host_id
    assert bench.store.acquire_host_lease(host_id, "another installation", 30)
    inspection_id = submit_built(runs=1)
    worker = threading.Thread(target=measured, args=(bench, inspection_id))
    worker.start()
    while "another installation measures on this host" not in bench.log(inspection_id):
        assert worker.is_alive()
    assert bench.process.started == []
    bench.store.release_host_lease(host_id, "another installation")
    worker.join(10)
    assert bench.state(inspection_id) == "succeeded"


def test_no_run_starts_beside_a_build(bench, submit_built):
    inspection_id = submit_built(runs=1)
    with bench.workplace.quiet.building(lambda: False):
        worker = threading.Thread(target=measured, args=(bench, inspection_id))
        worker.start()
        while "waits for the end of a build" not in bench.log(inspection_id):
            assert worker.is_alive()
        assert bench.process.started == []
    worker.join(10)
    assert bench.state(inspection_id) == "succeeded"


def with_times(times):
    """A behaviour: the run of index i has iterations of about `times(i)` seconds."""

    def behave(run: FakeRun):
        result = completed_result(run.request)
        reps = run.request["indicator"]["parameters"]["reps"]
        level = times(run.labels.run_index)
        values = [level * (1 + 0.01 * (number % 3)) for number in range(reps)]
        result["samples"] |= {"values": values, "warmups": 0}
        run.folder.result.write_text(json.dumps(result))
        return exited()

    return behave


def precise(**changes) -> dict:
    return {"runs": None, "precision": changes}


def test_runs_are_added_until_the_result_is_precise(bench, submit_built):
    # one run is far off: the first two looks take it into the interval, the third does not
    bench.process.behaviour = with_times(lambda index: 0.01 if index != 4 else 0.02)
    inspection_id = submit_built(**precise(relative_half_width=0.01))
    assert bench.queries.inspection(inspection_id).runs == 6
    assert measured(bench, inspection_id) == "succeeded"
    view = bench.queries.inspection(inspection_id)
    assert (view.runs, view.runs_accepted) == (11, 11)
    log = bench.log(inspection_id)
    assert "6 runs, ±50 % (goal 1 %)\n" in log
    assert "11 runs, ±0 % (goal 1 %): the interval was as narrow as asked for" in log


def test_the_cap_of_runs_ends_it(bench, submit_built):
    bench.process.behaviour = with_times(lambda index: 0.01 * (1 + index % 4))
    inspection_id = submit_built(**precise(maximum_runs=9))
    assert measured(bench, inspection_id) == "succeeded"
    assert bench.queries.inspection(inspection_id).runs_accepted == 9
    assert "the most runs that were allowed were made" in bench.log(inspection_id)


def test_the_cap_of_time_ends_it_after_the_fewest_runs(bench, submit_built, monkeypatch):
    bench.process.behaviour = with_times(lambda index: 0.01 * (1 + index % 4))
    monkeypatch.setattr("inspector.run.fact_of", lambda run: replace(fact_of(run), seconds=0.4))
    inspection_id = submit_built(**precise(maximum_seconds=3))
    assert measured(bench, inspection_id) == "succeeded"
    assert bench.queries.inspection(inspection_id).runs_accepted == 8
    assert "the time that was allowed was spent" in bench.log(inspection_id)


def test_the_iterations_of_later_runs_are_chosen_and_said(bench, submit_built):
    bench.process.behaviour = with_times(lambda _index: 1e-5)
    inspection_id = submit_built(**precise())
    assert measured(bench, inspection_id) == "succeeded"
    runs = bench.queries.runs(inspection_id)
    assert [run.facts["iterations"]["chosen_by"] for run in runs] == ["pilot"] * 3 + ["levels"] * 3
    assert [len(run.seconds) for run in runs[:3]] == [100, 100, 100]
    chosen = {run.facts["iterations"]["count"] for run in runs[3:]}
    assert chosen == {len(run.seconds) for run in runs[3:]}
    assert chosen != {100}
    assert check_facts(runs[3].facts) == ()


def test_iterations_that_were_asked_for_stay(bench, submit_built):
    bench.process.behaviour = with_times(lambda _index: 1e-5)
    indicator = {"name": "matmul", "framework": "numpy", "parameters": {"reps": 12}}
    inspection_id = submit_built(indicator=indicator, **precise())
    assert measured(bench, inspection_id) == "succeeded"
    runs = bench.queries.runs(inspection_id)
    assert {(len(run.seconds), run.facts["iterations"]["chosen_by"]) for run in runs} == {
        (12, "user")
    }


def test_another_measurer_goes_on_where_the_first_was_stopped(bench, submit_built):
    times = with_times(lambda index: 0.01 * (1 + index % 4))

    def break_once(run: FakeRun):
        if run.labels.run_index == 7 and run.labels.fence == 2:
            raise OSError("the disk went away")
        return times(run)

    bench.process.behaviour = break_once
    inspection_id = submit_built(**precise(maximum_runs=10))
    assert measured(bench, inspection_id) == "built"
    first = bench.queries.runs(inspection_id)
    assert measured(bench, inspection_id) == "succeeded"
    runs = bench.queries.runs(inspection_id)
    assert len(runs) == 10
    assert [run.started_at for run in runs[: len(first)]] == [run.started_at for run in first]
    started = [labels.run_index for labels in bench.process.started]
    assert started == [0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9]
    # what was chosen from the stored pilot is what the first measurer had chosen
    assert len({run.facts["iterations"]["count"] for run in runs[3:]}) == 1


def test_a_number_of_runs_alone_is_exactly_that_number(bench, submit_built):
    bench.process.behaviour = with_times(lambda index: 0.01 * (1 + index % 4))
    indicator = {"name": "matmul", "framework": "numpy", "parameters": {"reps": 12}}
    inspection_id = submit_built(indicator=indicator, runs=7)
    assert measured(bench, inspection_id) == "succeeded"
    runs = bench.queries.runs(inspection_id)
    assert len(runs) == 7
    assert all("iterations" not in run.facts for run in runs)


def test_a_script_without_a_time_stops_at_the_first_look(bench, submit_built):
    def tell_nothing(run: FakeRun):
        result = completed_result(run.request)
        result["samples"] = {"values": []}
        result["@result"] = {"rate": 5.0}
        run.folder.result.write_text(json.dumps(result))
        return exited()

    bench.process.behaviour = tell_nothing
    inspection_id = submit_built(indicator=None, python=None, script=SCRIPT, **precise())
    assert measured(bench, inspection_id) == "succeeded"
    assert bench.queries.inspection(inspection_id).runs_accepted == 6
    assert "nothing to be precise about" in bench.log(inspection_id)


def test_a_run_says_in_what_environment_and_conditions_it_was_made(
    bench, submit_built, monkeypatch
):
    gpu = {"index": 0, "name": "fake", "processes": 1, "reasons": []}
    monkeypatch.setattr("inspector.accelerators.read", lambda: [gpu])
    inspection_id = submit_built(runs=1)
    assert measured(bench, inspection_id) == "succeeded"
    (run,) = bench.queries.runs(inspection_id)
    (key,) = bench.process.environments
    environment = bench.process.environments[key]
    assert run.facts["environment"] == {
        "key": key, "digest": environment.digest, "base_digest": "amun-host-1:" + "0" * 64
    }  # fmt: skip
    assert run.facts["conditions"]["usable_cpus"] >= 1
    assert run.facts["accelerators"] == {"before": [gpu], "after": [gpu]}
    assert run.disturbed == ("GPU 0 was used by 1 other process",)
    assert check_facts(run.facts) == ()


def tamper(bench, text: str = "numpy 2.4.6: file numpy/__init__.py changed"):
    def change(run: FakeRun):
        (key,) = bench.process.environments
        bench.process.tampered[key] = (text,)
        return complete(run)

    return change


def test_a_script_that_changes_its_environment_is_told_so_after_its_only_run(bench, submit_built):
    inspection_id = submit_built(indicator=None, script=SCRIPT, runs=1)
    bench.process.behaviour = tamper(bench)
    assert measured(bench, inspection_id) == "failed"
    failure = bench.queries.inspection(inspection_id).failure
    assert (failure.reason, failure.attributed_to) == ("environment_changed", "request")
    assert "the script changed the environment it ran in: numpy 2.4.6" in failure.message
    (run,) = bench.queries.runs(inspection_id)
    assert not run.accepted
    assert bench.process.environments == {}
    # the next one, by the same lock, finds a fresh environment
    bench.process.behaviour = complete
    bench.process.tampered.clear()
    other = submit_built(indicator=None, script="print(2)", runs=1)
    assert measured(bench, other) == "succeeded"


def test_a_script_that_fails_after_its_change_is_told_of_the_change(bench, submit_built):
    inspection_id = submit_built(indicator=None, script=SCRIPT, runs=2)

    def change_and_fail(run: FakeRun):
        tamper(bench)(run)
        return exited(1)

    bench.process.behaviour = change_and_fail
    assert measured(bench, inspection_id) == "failed"
    assert bench.queries.inspection(inspection_id).failure.reason == "environment_changed"
    assert bench.process.environments == {}


def test_a_full_disk_before_a_run_is_named(bench, submit_built, monkeypatch):
    inspection_id = submit_built(runs=1)

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inspector.run.write_request", full)
    assert measured(bench, inspection_id) == "failed"
    failure = bench.queries.inspection(inspection_id).failure
    assert (failure.reason, failure.attributed_to) == ("disk_full", "host")


def test_what_a_script_prints_of_its_variables_is_hidden(bench, submit_built):
    def leak(run: FakeRun):
        run.folder.stdout.write_text("token hunter2-hunter2\n")
        run.folder.stderr.write_text("Traceback: hunter2-hunter2\n")
        return exited(1)

    bench.process.behaviour = leak
    variables = [{"name": "HUB_TOKEN", "value": "hunter2-hunter2"}]
    inspection_id = submit_built(indicator=None, script=SCRIPT, runs=1, environment=variables)
    assert measured(bench, inspection_id) == "failed"
    (run,) = bench.queries.runs(inspection_id)
    assert (run.stdout, run.stderr) == ("token ***\n", "Traceback: ***\n")
    told = json.dumps([run.document, run.facts, str(run.failure)], default=str)
    assert "hunter2" not in told
    assert "hunter2" not in bench.log(inspection_id)


@pytest.mark.parametrize("kind", ["pipe", "folder", "deep"])
def test_what_a_run_leaves_holds_nobody_up(bench, submit_built, kind):
    def leave(run: FakeRun):
        if kind == "pipe":
            os.mkfifo(run.folder.result)
        elif kind == "folder":
            (run.folder.result / "in").mkdir(parents=True)
        else:
            run.folder.result.write_text("[" * 150_000)
        return exited(None, signal=9)

    bench.process.behaviour = leave
    inspection_id = submit_built(indicator=None, script=SCRIPT, runs=2)
    assert measured(bench, inspection_id) == "failed"
    shown = bench.queries.inspection(inspection_id)
    assert (shown.failure.reason, shown.failure.attributed_to) == ("result_unreadable", "request")
    assert [attempt.outcome for attempt in bench.queries.attempts(inspection_id)][-1] == "failed"
    assert list(bench.workplace.settings.home.glob("runs/*")) == []
    assert bench.store.acquire_host_lease(bench.workplace.host.host_id, "another", 30)
    # the next one is measured at once
    bench.process.behaviour = complete
    assert measured(bench, submit_built(runs=1)) == "succeeded"
