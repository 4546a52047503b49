"""The graph's records in the words of the prior system: status, specification, result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from amun_core.redaction import redact_specification, redact_text, redact_values
from amun_core.specification import EngineChoice, Limits
from amun_core.states import InspectionState
from knowledge_graph.records import InspectionView

_S = InspectionState

#: The phase of an Argo workflow for each of our states.
PHASES: dict[InspectionState, str] = {
    _S.ACCEPTED: "Pending",
    _S.QUEUED: "Pending",
    _S.BUILDING: "Running",
    _S.BUILT: "Running",
    _S.RUNNING: "Running",
    _S.SUCCEEDED: "Succeeded",
    _S.FAILED: "Failed",
    _S.CANCELLED: "Failed",
    _S.CRASHED: "Error",
}

#: What the prior system's clients may be sent: their list of package managers is closed.
_KNOWN_PACKAGE_MANAGERS = frozenset({"pipenv", "micropipenv"})
_DEFAULTS: dict[str, Any] = {
    "packages": [],
    "python_packages": [],
    "files": [],
    "environment": [],
    "build": {"requests": {}},
    "run": {"requests": {}},
    "update": False,
    "upgrade_pip": False,
    "send_messages": False,
    "force_sync": False,
}
_OWN_DEFAULTS: dict[str, Any] = {
    "engine": EngineChoice.AUTO.value,
    "labels": {},
    "limits": Limits().model_dump(mode="json"),
}


def timestamp(at: datetime | None) -> str | None:
    """A time as RFC 3339 text in whole seconds, as Kubernetes writes it."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def status_document(view: InspectionView) -> dict[str, Any]:
    """build, job, workflow and data_stored.

    A client of the first generation calls an inspection finished when the build is terminated and
    the job has as many successes as completions. An inspection that ended badly completes no
    further run: it counts only those it has, so that nobody waits for ever; `failed` has the rest.
    """
    ended = view.state.terminal
    accepted = view.runs_accepted
    completions = accepted if ended else view.runs
    running = view.state is _S.RUNNING
    why = view.failure.message if view.failure is not None else view.message
    return {
        "build": _build_status(view),
        "job": {
            "active": 1 if running else 0,
            "completions": completions,
            "failed": view.runs - accepted if ended and view.state is not _S.SUCCEEDED else 0,
            "succeeded": accepted,
        },
        "workflow": {
            "phase": PHASES[view.state],
            "startedAt": timestamp(view.build_started_at),
            "finishedAt": timestamp(view.ended_at),
            "progress": f"{accepted}/{view.runs}",
            "message": redact_text(why or ""),
        },
        "data_stored": ended,
    }


def _build_status(view: InspectionView) -> dict[str, Any]:
    built = _was_built(view)
    ended = built or view.state.terminal
    state = "waiting"
    if ended:
        state = "terminated"
    elif view.state is _S.BUILDING:
        state = "running"
    return {
        "container": view.engine,
        "exit_code": (0 if built else 1) if ended else None,
        "finished_at": timestamp(view.build_ended_at or view.ended_at) if ended else None,
        "reason": _build_reason(view, built=built) if ended else None,
        "started_at": timestamp(view.build_started_at),
        "state": state,
    }


def _was_built(view: InspectionView) -> bool:
    if view.state in {_S.BUILT, _S.RUNNING, _S.SUCCEEDED}:
        return True
    return view.state.terminal and view.stack_digest is not None


def _build_reason(view: InspectionView, *, built: bool) -> str:
    if built:
        return "Completed"
    if view.state is _S.CANCELLED:
        return "Cancelled"
    return view.failure.reason.value if view.failure is not None else "Error"


def specification_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A normalised specification with the published names, nothing null, secrets hidden."""
    shown = redact_specification(document)
    runs = shown.pop("runs", 1)
    if shown.get("package_manager") not in _KNOWN_PACKAGE_MANAGERS:
        shown.pop("package_manager", None)
    for key, default in _OWN_DEFAULTS.items():
        if shown.get(key) == default:  # our own words only where they say something
            del shown[key]
    present = {key: value for key, value in shown.items() if value is not None}
    # an inspection of our own API may have none: clients of the prior system require a text
    return {**_DEFAULTS, "base": "", **present, "batch_size": runs}


def result_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A result document in which nothing is null that a generated client requires."""
    shown: dict[str, Any] = redact_values(document)
    stdout = shown.get("stdout")
    exit_code = shown.get("exit_code")
    return {
        **shown,
        # ended by a signal or lost: no exit code, and a client requires a number
        "exit_code": exit_code if isinstance(exit_code, int) else -1,
        "hwinfo": shown.get("hwinfo") or {},
        "runtime_environment": shown.get("runtime_environment") or {},
        "script_sha256": shown.get("script_sha256") or "",
        "stderr": shown.get("stderr") or "",
        "stdout": stdout if isinstance(stdout, dict) else {"text": stdout or ""},
        "usage": shown.get("usage") or {},
    }
