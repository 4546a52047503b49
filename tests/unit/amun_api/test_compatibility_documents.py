"""The graph's records in the words of the prior system."""

from __future__ import annotations

import dataclasses

import pytest

from amun_api.compatibility_documents import PHASES, result_document, status_document
from amun_core.states import InspectionState
from tests import factories


def status(client, inspection_id):
    return client.get(f"/api/v1/inspect/{inspection_id}/status").json["status"]


def finished_for_older_clients(shown):
    job = shown["job"]
    return shown["build"]["state"] == "terminated" and job["completions"] == job["succeeded"]


@pytest.mark.parametrize(
    ("state", "build", "exit_code", "phase", "stored"),
    [
        ("accepted", "waiting", None, "Pending", False),
        ("queued", "waiting", None, "Pending", False),
        ("building", "running", None, "Running", False),
        ("built", "terminated", 0, "Running", False),
        ("running", "terminated", 0, "Running", False),
        ("succeeded", "terminated", 0, "Succeeded", True),
        ("failed", "terminated", 1, "Failed", True),
        ("crashed", "terminated", 1, "Error", True),
        ("cancelled", "terminated", 1, "Failed", True),
    ],
)
def test_every_state_has_its_published_words(client, ids, state, build, exit_code, phase, stored):
    shown = status(client, ids[state])
    assert shown["build"]["state"] == build
    assert shown["build"]["exit_code"] == exit_code
    assert shown["workflow"]["phase"] == phase
    assert shown["data_stored"] is stored
    assert finished_for_older_clients(shown) is InspectionState(state).terminal


def test_every_state_has_a_phase():
    assert set(PHASES) == set(InspectionState)


def test_a_succeeded_inspection_in_full(client, ids):
    shown = status(client, ids["succeeded"])
    assert shown["job"] == {"active": 0, "completions": 6, "failed": 0, "succeeded": 6}
    assert shown["build"]["reason"] == "Completed"
    assert shown["build"]["container"] == "process"
    assert shown["build"]["started_at"] <= shown["build"]["finished_at"]
    assert shown["workflow"]["progress"] == "6/6"
    assert shown["workflow"]["startedAt"] <= shown["workflow"]["finishedAt"]


def test_a_running_inspection_counts_its_runs(client, store):
    claim = factories.measuring(store)
    store.record_run(claim, factories.run_record(0))
    shown = status(client, claim.inspection_id)
    assert shown["job"] == {"active": 1, "completions": 2, "failed": 0, "succeeded": 1}
    assert shown["workflow"]["progress"] == "1/2"
    assert shown["workflow"]["finishedAt"] is None


def test_a_build_that_failed_says_why(client, ids):
    shown = status(client, ids["failed"])
    assert shown["build"]["reason"] == "build_failed"
    assert shown["job"] == {"active": 0, "completions": 0, "failed": 2, "succeeded": 0}
    assert shown["workflow"]["message"] == "gcc ended with 1"


def test_a_run_that_failed_leaves_the_build_completed(client, store):
    claim = factories.measuring(store)
    store.fail(claim, factories.failure())
    shown = status(client, claim.inspection_id)
    assert (shown["build"]["exit_code"], shown["build"]["reason"]) == (0, "Completed")
    assert shown["workflow"]["phase"] == "Failed"


def test_a_build_only_inspection_is_finished(client, store):
    inspection_id = factories.queued(store, indicator=None, framework=None, runs=1)
    store.finish_build(factories.claimed(store, inspection_id), factories.built(), build_only=True)
    shown = status(client, inspection_id)
    assert shown["workflow"]["phase"] == "Succeeded"
    assert shown["job"]["failed"] == 0
    assert finished_for_older_clients(shown)


def test_the_answer_of_the_view_is_the_document(queries, ids):
    view = queries.inspection(ids["crashed"])
    waiting = dataclasses.replace(view, state=InspectionState.QUEUED)
    assert status_document(view)["build"]["reason"] == "Error"
    assert status_document(waiting)["build"]["reason"] is None


@pytest.mark.parametrize("stdout", [None, "", "text", 7, {"@result": {}}])
def test_nothing_that_is_required_is_null(stdout):
    shown = result_document({"stdout": stdout, "exit_code": None, "os_release": None})
    required = {
        "exit_code",
        "hwinfo",
        "runtime_environment",
        "script_sha256",
        "stderr",
        "stdout",
        "usage",
    }
    assert required <= set(shown)
    assert all(shown[key] is not None for key in required)
    assert isinstance(shown["stdout"], dict)
    assert shown["exit_code"] == -1
    if isinstance(stdout, dict):
        assert shown["stdout"] == stdout
