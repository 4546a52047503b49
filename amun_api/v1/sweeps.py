"""Sweeps: ask for one, list them, look at one and its results, pause, resume and cancel it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from amun_api.body import read_json, require_json_type
from amun_api.documentation import faults, json_body, part
from amun_api.json_answer import accepted_answer, json_answer, next_page
from amun_api.parameters import IdempotencyHeader
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.sweep_submission import check_sweep, submit_sweep
from amun_api.v1 import sweep_models
from amun_api.v1.sweep_parameters import SweepPath, SweepQuery
from amun_api.v1.sweep_presentation import shown_member, shown_sweep, sweep_path
from amun_api.v1.sweep_results import shown_results
from amun_core.sweep import MAXIMUM_SWEEP_BYTES, SWEEP_SCHEMA, SweepRequest

api = part("sweeps", "sweep", Surface.V1)


def _member(version: str) -> dict[str, Any]:
    lock = {"format": "requirements.txt", "content": f"numpy=={version}\n"}
    return {"name": f"numpy {version}", "lock": lock}


EXAMPLES: dict[str, Any] = {
    "three versions": {
        "common": {
            "indicator": {
                "name": "matmul",
                "framework": "numpy",
                "parameters": {"matrix_size": 256},
            }
        },
        "members": [_member(version) for version in ("2.4.6", "2.4.5", "2.4.4")],
        "reference": "numpy 2.4.6",
        "runs": 6,
    },
}


@api.post(
    "/api/v1/sweeps",
    description="Each member is one fully pinned stack. Their environments are built, then measured "
    "in rounds: in each round every stack of a wave and the reference are run once, in an order "
    "drawn by the seed. What the graph has a result of already, for the same stack, environment, "
    "indicator and class of hosts, is not measured unless `again` says so.",
    responses={202: sweep_models.AcceptedSweep, **faults(Surface.V1, 409, 413, 415, 422)},
    openapi_extensions=json_body(
        SweepRequest, "What is measured, and the lock of each stack.", EXAMPLES
    ),
)
def ask_sweep(header: IdempotencyHeader) -> Response:
    """Measure many stacks in rounds."""
    submission = submit_sweep(read_json(request, maximum_bytes=MAXIMUM_SWEEP_BYTES), header.key)
    created, parsed = submission.created, submission.parsed
    view = service().queries.sweep(created.sweep_id)
    path = sweep_path(created.sweep_id)
    document = {
        "schema": SWEEP_SCHEMA,
        "id": created.sweep_id,
        "state": view.state,
        "members": view.members,
        "known": view.known,
        "created_at": created.created_at,
        "warnings": [
            {"pointer": warning.pointer, "message": warning.message} for warning in parsed.warnings
        ],
    }
    return accepted_answer(document, path, replayed=created.replayed)


@api.post(
    "/api/v1/sweep-checks",
    description="All the checks of a sweep that is asked for; nothing is stored or begun.",
    responses={200: sweep_models.CheckedSweep, **faults(Surface.V1, 413, 415, 422)},
    openapi_extensions=json_body(SweepRequest, "As for POST /api/v1/sweeps.", EXAMPLES),
)
def check_sweep_request() -> Response:
    """Check what would be measured."""
    parsed = check_sweep(read_json(request, maximum_bytes=MAXIMUM_SWEEP_BYTES))
    document = {
        "schema": "amun.checked-sweep/1",
        "members": len(parsed.members),
        "warnings": [
            {"pointer": warning.pointer, "message": warning.message} for warning in parsed.warnings
        ],
    }
    return json_answer(document)


@api.get("/api/v1/sweeps", responses={200: sweep_models.SweepList})
def list_sweeps(query: SweepQuery) -> Response:
    """List sweeps, newest first."""
    page = service().queries.sweep_page(cursor=query.cursor, limit=query.limit)
    document = {
        "schema": "amun.sweeps/1",
        "sweeps": [shown_sweep(view) for view in page.sweeps],
        "next_cursor": page.next_cursor,
    }
    return json_answer(document, headers=next_page([("limit", query.limit)], page.next_cursor))


@api.get(
    "/api/v1/sweeps/<sweep_id>",
    responses={200: sweep_models.Sweep, **faults(Surface.V1, 404)},
)
def show_sweep(path: SweepPath) -> Response:
    """One sweep: how far it is, and how long it will take still."""
    queries = service().queries
    view = queries.sweep(path.sweep_id)
    members = queries.sweep_members(view.sweep_id)
    return json_answer(shown_sweep(view, members, queries.sweep_turn_times(view.sweep_id)))


@api.get(
    "/api/v1/sweeps/<sweep_id>/members",
    responses={200: sweep_models.SweepMemberList, **faults(Surface.V1, 404)},
)
def list_sweep_members(path: SweepPath) -> Response:
    """Every stack of a sweep with its state."""
    queries = service().queries
    view = queries.sweep(path.sweep_id)
    document = {
        "schema": "amun.sweep-members/1",
        "members": [shown_member(view, one) for one in queries.sweep_members(view.sweep_id)],
    }
    return json_answer(document)


@api.get(
    "/api/v1/sweeps/<sweep_id>/results",
    responses={200: sweep_models.SweepResults, **faults(Surface.V1, 404)},
)
def show_sweep_results(path: SweepPath) -> Response:
    """What a sweep has measured so far: each stack against the reference, and every run."""
    queries = service().queries
    view = queries.sweep(path.sweep_id)
    members, runs = queries.sweep_members(view.sweep_id), queries.sweep_runs(view.sweep_id)
    return json_answer(shown_results(view, members, runs))


@api.post(
    "/api/v1/sweeps/<sweep_id>/pause",
    responses={202: sweep_models.ChangedSweep, **faults(Surface.V1, 404, 409, 415)},
)
def pause_sweep(path: SweepPath) -> Response:
    """Begin no new build and no new run. Needs no body; pausing it again is fine."""
    return _wished(path, service().store.pause_sweep)


@api.post(
    "/api/v1/sweeps/<sweep_id>/resume",
    responses={202: sweep_models.ChangedSweep, **faults(Surface.V1, 404, 409, 415)},
)
def resume_sweep(path: SweepPath) -> Response:
    """Go on after a pause. Needs no body; resuming it again is fine."""
    return _wished(path, service().store.resume_sweep)


@api.post(
    "/api/v1/sweeps/<sweep_id>/cancel",
    responses={202: sweep_models.ChangedSweep, **faults(Surface.V1, 404, 409, 415)},
)
def cancel_sweep(path: SweepPath) -> Response:
    """Cancel a sweep; what is measured is kept. Needs no body; cancelling it again is fine."""
    return _wished(path, service().store.cancel_sweep)


def _wished(path: SweepPath, wish: Callable[[str], None]) -> Response:
    require_json_type(request, optional=True)
    queries = service().queries
    sweep_id = queries.sweep(path.sweep_id).sweep_id
    wish(sweep_id)
    view = queries.sweep(sweep_id)
    return json_answer({"id": sweep_id, "state": view.state, "wish": view.wish}, 202)
