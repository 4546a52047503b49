from __future__ import annotations

import threading

import pytest

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.installed import differences, same_version
from amun_core.lock import read_lock
from amun_core.plan import LockedRequirement, Plan
from amun_core.specification import LockFormat
from amun_core.states import AttemptKind, AttemptOutcome, FailureReason
from inspector.build import build, host_origin
from inspector.claim import work_on
from inspector.engines.base import InstalledPackage

ECHO = "import json\nprint(json.dumps({'@parameters': {}, '@result': {}}))\n"


def built(bench, inspection_id: str) -> str:
    """Build the inspection; its state afterwards."""
    assert work_on(bench.workplace, inspection_id, AttemptKind.BUILD, build)
    return bench.state(inspection_id)


def reason(bench, inspection_id: str) -> tuple[str, str]:
    failure = bench.queries.inspection(inspection_id).failure
    assert failure is not None
    return failure.reason.value, failure.attributed_to.value


def test_a_build_ends_built_with_plan_stack_and_hint(bench):
    inspection_id = bench.submit()
    assert built(bench, inspection_id) == "built"
    view = bench.queries.inspection(inspection_id)
    plan = Plan.model_validate_json(view.plan)
    assert [(one.name, one.version) for one in plan.build.requirements] == [("numpy", "2.4.6")]
    assert (view.engine, view.stack_digest) == ("process", plan.build.stack_digest)
    assert view.engine_why == "no container engine works on this host (no docker)"
    assert plan.run.indicator_version is not None
    assert bench.process.prepared == [plan.build.environment_key]
    hints = [(hint.inspection_id, hint.kind) for hint in bench.store.pending_outbox()]
    assert (inspection_id, AttemptKind.MEASURE) in hints


def test_each_step_is_a_section_of_the_log(bench):
    inspection_id = bench.submit()
    built(bench, inspection_id)
    sections = list(dict.fromkeys(chunk["section"] for chunk in bench.queries.log(inspection_id)))
    assert sections == [
        *("specification", "lock", "host", "engine", "base", "plan"),
        *("install", "environment", "comparison"),
    ]


def test_an_environment_is_made_once_for_equal_stacks(bench):
    first, second = bench.submit(), bench.submit(runs=3)
    assert built(bench, first) == "built"
    assert built(bench, second) == "built"
    assert len(bench.process.prepared) == 1
    assert "found ready" in bench.log(second)


def test_a_build_only_specification_ends_succeeded(bench):
    inspection_id = bench.submit(indicator=None)
    assert built(bench, inspection_id) == "succeeded"
    hints = [hint.kind for hint in bench.store.pending_outbox()]
    assert AttemptKind.MEASURE not in hints


def test_a_script_without_a_stack_is_built(bench):
    inspection_id = bench.submit(indicator=None, python=None, script=ECHO)
    assert built(bench, inspection_id) == "built"
    plan = Plan.model_validate_json(bench.queries.inspection(inspection_id).plan)
    assert (plan.build.requirements, plan.run.script) == ((), ECHO)


def test_a_base_image_that_is_not_there_is_the_requests_fault(bench):
    bench.container.usable = True
    inspection_id = bench.submit(base="nowhere/image:1")
    assert built(bench, inspection_id) == "failed"
    assert reason(bench, inspection_id) == ("base_image_not_found", "request")
    assert "base_image_not_found: nowhere/image:1" in bench.log(inspection_id)


def test_hardware_that_this_host_lacks_is_said_before_anything_is_built(bench):
    requests = {"requests": {"hardware": {"cpu_family": 7}}}
    inspection_id = bench.submit(run=requests)
    assert built(bench, inspection_id) == "failed"
    assert reason(bench, inspection_id) == ("hardware_mismatch", "request")
    assert bench.process.prepared == []


def test_another_version_than_the_locked_one_ends_the_build(bench):
    bench.process.installed_instead = {"numpy": "2.4.5", "surprise": "1.0", "pip": "26.0"}
    inspection_id = bench.submit()
    assert built(bench, inspection_id) == "failed"
    assert reason(bench, inspection_id) == ("environment_changed", "host")
    failure = bench.queries.inspection(inspection_id).failure
    assert failure.message == (
        "numpy: lock has 2.4.6, installed is 2.4.5; surprise: not in the lock, installed is 1.0"
    )


def test_a_failure_of_the_engine_keeps_its_reason(bench):
    bench.process.failure = AttemptFailedError(FailureReason.HASH_MISMATCH, "numpy differs")
    inspection_id = bench.submit()
    assert built(bench, inspection_id) == "failed"
    assert reason(bench, inspection_id) == ("hash_mismatch", "stack")


def test_a_broken_engine_is_our_fault_and_is_tried_again(bench):
    bench.workplace.engines.probe("process")
    bench.process.failure = EngineError("no more pids")
    inspection_id = bench.submit(engine="process")
    assert built(bench, inspection_id) == "queued"
    assert bench.workplace.engines.known_probes() == ()
    assert built(bench, inspection_id) == "built"


def test_a_cancel_stops_the_preparation(bench, monkeypatch):
    bench.process.may_prepare.clear()
    inspection_id = bench.submit()
    monkeypatch.setattr("inspector.claim.CANCEL_SECONDS", 0.01)
    worker = threading.Thread(target=built, args=(bench, inspection_id))
    worker.start()
    while bench.state(inspection_id) != "building":
        pass
    bench.store.request_cancel(inspection_id)
    worker.join(10)
    assert bench.state(inspection_id) == "cancelled"


def test_no_build_works_beside_a_run(bench):
    inspection_id = bench.submit()
    with bench.workplace.quiet.measuring(lambda: False):
        worker = threading.Thread(target=built, args=(bench, inspection_id))
        worker.start()
        while "waits for the end of a run" not in bench.log(inspection_id):
            assert worker.is_alive()
        assert bench.process.prepared == []
    worker.join(10)
    assert bench.state(inspection_id) == "built"


def test_a_drain_while_it_waits_for_a_run_gives_the_build_back(bench):
    inspection_id = bench.submit()
    with bench.workplace.quiet.measuring(lambda: False):
        worker = threading.Thread(target=built, args=(bench, inspection_id))
        worker.start()
        while "waits for the end of a run" not in bench.log(inspection_id):
            assert worker.is_alive()
        bench.workplace.drain.start()
        worker.join(10)
    assert bench.state(inspection_id) == "queued"
    assert bench.queries.attempts(inspection_id)[-1].outcome is AttemptOutcome.RELEASED


@pytest.mark.parametrize(
    ("locked", "installed", "same"),
    [
        ("2.13.0", "2.13.0+cpu", True),
        ("2.13.0+cu126", "2.13.0+cpu", False),
        ("1.0", "1.0.0", True),
        ("1.0", "1.0.1", False),
        ("odd build", "odd build", True),
        ("odd build", "1.0", False),
    ],
)
def test_versions_are_compared_by_their_meaning(locked: str, installed: str, same: bool):
    assert same_version(locked, installed) is same


def test_a_package_that_is_missing_is_named():
    requirement = LockedRequirement(name="numpy", version="2.4.6")
    found = differences([requirement], [InstalledPackage("pip", "26.0")], allowed_extra=["pip"])
    assert found == ["numpy: lock has 2.4.6, nothing is installed"]


def test_where_files_come_from_is_asked_only_for_what_no_hash_pins(monkeypatch):
    hashed = f"a==1 --hash=sha256:{'a' * 64}"
    monkeypatch.setenv("PIP_INDEX_URL", "https://one.example/simple")
    assert host_origin(None) == ()
    assert host_origin(read_lock(hashed, LockFormat.REQUIREMENTS)) == ()
    unhashed = read_lock(f"{hashed}\nb==1", LockFormat.REQUIREMENTS)
    one = host_origin(unhashed)
    monkeypatch.setenv("PIP_INDEX_URL", "https://two.example/simple")
    assert "https://one.example/simple" in one
    assert host_origin(unhashed) != one
