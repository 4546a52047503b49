"""Records of the graph as the documents of the project's own API. Secrets are taken out here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from amun_core.redaction import redact_text
from amun_core.states import STATE_MEANINGS, AttemptOutcome, InspectionState
from knowledge_graph.records import AttemptView, Failure, InspectionView, RunRecord

INSPECTION_SCHEMA = "amun.inspection/1"
#: Ends of an attempt that are the service's doing.
_OURS = frozenset({AttemptOutcome.CRASHED, AttemptOutcome.LOST})
_PARTS = ("specification", "plan", "log", "runs", "results", "cancel")


def inspection_path(inspection_id: str) -> str:
    """Where an inspection is found."""
    return f"/api/v1/inspections/{inspection_id}"


def inspection_links(inspection_id: str) -> dict[str, str]:
    """Where an inspection leads."""
    path = inspection_path(inspection_id)
    return {"self": path} | {part: f"{path}/{part}" for part in _PARTS}


def shown_failure(failure: Failure | None) -> dict[str, Any] | None:
    """A failure, fit to be shown."""
    if failure is None:
        return None
    return {
        "reason": failure.reason,
        "attributed_to": failure.attributed_to,
        "message": redact_text(failure.message),
        "hint": failure.hint,
        "last_lines": redact_text(failure.last_lines),
    }


def _crash_message(message: str | None, *, crashed: bool) -> str | None:
    """What went wrong of ours. That is no failure: no reason of the stack's or request's names it."""
    return redact_text(message) if crashed and message else None


def shown_indicator(view: InspectionView) -> dict[str, Any] | None:
    """The indicator with its parameters; None for a script or a build only.

    A list carries no specifications: there the parameters are None.
    """
    if view.indicator is None:
        return None
    parameters: Mapping[str, Any] | None = None
    if view.specification:
        specification = from_json(view.specification, cache_strings="keys")
        parameters = (specification.get("indicator") or {}).get("parameters") or {}
    return {
        "name": view.indicator,
        "framework": view.framework or "",
        "parameters": parameters,
    }


def shown_engine(view: InspectionView) -> dict[str, Any]:
    """Which engine was asked for, which was taken, and why."""
    return {
        "requested": view.engine_requested,
        "chosen": view.engine,
        "why": redact_text(view.engine_why) if view.engine_why else view.engine_why,
    }


def shown_inspection(view: InspectionView) -> dict[str, Any]:
    """One inspection without its attempts."""
    host = None if view.host_id is None else {"id": view.host_id, "name": view.hostname}
    return {
        "schema": INSPECTION_SCHEMA,
        "id": view.inspection_id,
        "state": view.state,
        "state_meaning": STATE_MEANINGS[view.state],
        "surface": view.surface,
        "identifier": view.identifier,
        "comparison_id": view.comparison_id,
        "arm": view.arm,
        "sweep_id": view.sweep_id,
        "labels": view.labels,
        "indicator": shown_indicator(view),
        "engine": shown_engine(view),
        "runs": {"requested": view.runs, "accepted": view.runs_accepted},
        "stack_digest": view.stack_digest,
        "lock_digest": view.lock_digest,
        "specification_hash": view.specification_hash,
        "host": host,
        "failure": shown_failure(view.failure),
        "crash_message": _crash_message(
            view.message, crashed=view.state is InspectionState.CRASHED
        ),
        "warnings": view.warnings,
        "cancel_requested": view.cancel_requested,
        "created_at": view.created_at,
        "updated_at": view.updated_at,
        "build_started_at": view.build_started_at,
        "build_ended_at": view.build_ended_at,
        "run_started_at": view.run_started_at,
        "ended_at": view.ended_at,
        "links": inspection_links(view.inspection_id),
    }


def shown_attempt(attempt: AttemptView) -> dict[str, Any]:
    """One attempt."""
    return {
        "kind": attempt.kind,
        "number": attempt.number,
        "worker": attempt.worker,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "outcome": attempt.outcome,
        "failure": shown_failure(attempt.failure),
        "crash_message": _crash_message(attempt.message, crashed=attempt.outcome in _OURS),
    }


def shown_run(run: RunRecord, *, samples: bool) -> dict[str, Any]:
    """One run; with `samples` every iteration too."""
    document = {
        "index": run.run_index,
        "state": run.state,
        "accepted": run.accepted,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "exit_code": run.exit_code,
        "wall_s": run.wall_seconds,
        "peak_rss_bytes": run.peak_rss_bytes,
        "iterations": iterations(run),
        "warmups": run.warmups,
        "elapsed_s": run.elapsed_seconds,
        "rate_gflops": run.rate_gflops,
        "flops_per_iteration": run.flops_per_iteration,
        "first_sample_at": run.first_sample_at,
        "disturbed": list(run.disturbed),
        "facts": run.facts,
        "failure": shown_failure(run.failure),
    }
    if samples:
        document["seconds"] = list(run.seconds)
    return document


def iterations(run: RunRecord) -> int | None:
    """Number of iterations measured, warm-up included; None where nothing was measured."""
    return len(run.seconds) or None
