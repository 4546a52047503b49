"""Records for tests: valid as they come; a test names only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from amun_core.states import (
    AttemptKind,
    FailureReason,
    InspectionState,
    RunState,
    attributed_to,
)
from knowledge_graph.records import (
    BuiltRecord,
    Claim,
    Failure,
    NewInspection,
    RunRecord,
    StackRecord,
)
from knowledge_graph.store import GraphStore

HOST = "amun-host-1:aa11"
AT = datetime(2026, 3, 1, 12, 30, 15, 250000, tzinfo=UTC)


def new_inspection(**changes: Any) -> NewInspection:
    values: dict[str, Any] = {
        "identifier": None,
        "surface": "v1",
        "specification": '{"indicator":{"framework":"numpy","name":"matmul"}}',
        "specification_hash": "amun-specification-1:00",
        "lock_digest": "amun-lock-1:00",
        "indicator": "matmul",
        "framework": "numpy",
        "runs": 2,
    }
    return NewInspection(**values | changes)


def stack(**changes: Any) -> StackRecord:
    values: dict[str, Any] = {
        "digest": "amun-stack-1:00",
        "packages": (("numpy", "2.4.6", "sha256:0a"), ("threadpoolctl", "3.6.0", None)),
    }
    return StackRecord(**values | changes)


def built(**changes: Any) -> BuiltRecord:
    values: dict[str, Any] = {
        "stack": stack(),
        "environment_key": "amun-environment-1:00",
        "environment_digest": "amun-manifest-1:00",
        "engine": "process",
        "mode": "host_environment",
        "base_reference": None,
        "base_digest": HOST,
        "operating_system": {"id": "debian", "version_id": "12"},
        "python_version": "3.11.2",
        "host_id": HOST,
        "host": {"hostname": "bench-1", "cpu_count": 2},
        "build_seconds": 1.5,
        "reused": False,
    }
    return BuiltRecord(**values | changes)


def run_record(run_index: int = 0, **changes: Any) -> RunRecord:
    values: dict[str, Any] = {
        "run_index": run_index,
        "state": RunState.COMPLETED,
        "accepted": True,
        "started_at": AT,
        "ended_at": AT,
        "exit_code": 0,
        "wall_seconds": 2.5,
        "peak_rss_bytes": 64 * 1024**2,
        "document": {
            "name": "PiMatmul",
            "component": "numpy",
            "@parameters": {"matrix_size": 512, "dtype": "float32"},
            "@result": {"rate": 100.0, "elapsed": 2.5},
        },
        "facts": {"runtime": {"component_version": "2.4.6"}, "threads": {"requested": 2}},
        "stdout": "{}",
        "stderr": "",
        "seconds": (0.004, 0.003, 0.0025),
        "warmups": 1,
        "flops_per_iteration": 268173312.0,
        "rate_gflops": 100.0,
        "elapsed_seconds": 0.0025,
        "first_sample_at": AT,
        "disturbed": (),
    }
    return RunRecord(**values | changes)


def failure(
    reason: FailureReason = FailureReason.BUILD_FAILED, message: str = "gcc ended with 1"
) -> Failure:
    return Failure(reason, attributed_to(reason), message, hint="See the log.", last_lines="x\ny")


def queued(store: GraphStore, **changes: Any) -> str:
    """The id of an inspection that waits for a builder; its hint is published."""
    inspection_id = store.create_inspection(new_inspection(**changes)).inspection_id
    store.mark_queued([inspection_id])
    store.mark_published([message.outbox_id for message in store.pending_outbox()])
    return inspection_id


def claimed(
    store: GraphStore,
    inspection_id: str,
    kind: AttemptKind = AttemptKind.BUILD,
    *,
    lease_seconds: float = 60.0,
    worker: str = "worker-1",
) -> Claim:
    claim = store.claim(
        inspection_id, kind, worker=worker, lease_seconds=lease_seconds, host_id=HOST
    )
    assert claim is not None, f"{inspection_id} could not be claimed for {kind}"
    return claim


def measuring(store: GraphStore, *, lease_seconds: float = 60.0, **changes: Any) -> Claim:
    """The measurer's claim on a new inspection whose build is done."""
    inspection_id = queued(store, **changes)
    store.finish_build(claimed(store, inspection_id), built())
    return claimed(store, inspection_id, AttemptKind.MEASURE, lease_seconds=lease_seconds)


def succeeded(store: GraphStore, **changes: Any) -> str:
    """The id of an inspection with all its runs."""
    claim = measuring(store, **changes)
    for index in range(claim.runs):
        store.record_run(claim, run_record(index))
    store.finish_measure(claim)
    return claim.inspection_id


def in_state(store: GraphStore, state: InspectionState) -> str:
    """The id of a new inspection in `state`."""
    if state is InspectionState.ACCEPTED:
        return store.create_inspection(new_inspection()).inspection_id
    if state is InspectionState.SUCCEEDED:
        return succeeded(store)
    if state is InspectionState.RUNNING:
        return measuring(store).inspection_id
    inspection_id = queued(store)
    if state is InspectionState.QUEUED:
        return inspection_id
    if state is InspectionState.CANCELLED:
        store.request_cancel(inspection_id)
        return inspection_id
    claim = claimed(store, inspection_id)
    if state is InspectionState.BUILT:
        store.finish_build(claim, built())
    elif state is InspectionState.FAILED:
        store.fail(claim, failure())
    elif state is InspectionState.CRASHED:
        store.crash(claim, "no disk", maximum_attempts=1)
    return inspection_id
