"""Inspections: submit one, list them, look at one, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from pydantic_core import from_json

from amun_api.body import read_json, require_json_type
from amun_api.conditional import fresh, unchanged
from amun_api.documentation import faults, json_body, part
from amun_api.json_answer import accepted_answer, json_answer, next_page
from amun_api.parameters import IdempotencyHeader, InspectionPath
from amun_api.service import service
from amun_api.submission import shown_warnings, submit
from amun_api.surfaces import Surface
from amun_api.v1 import models
from amun_api.v1.parameters import ConditionalHeader, InspectionQuery
from amun_api.v1.precision import goal_of, shown_precision
from amun_api.v1.presentation import (
    INSPECTION_SCHEMA,
    inspection_path,
    shown_attempt,
    shown_inspection,
)
from amun_core.specification import Specification
from knowledge_graph.records import InspectionView

api = part("inspections", "inspection", Surface.V1)

EXAMPLES: dict[str, Any] = {
    "matmul": {
        "identifier": "numpy-matmul",
        "indicator": {
            "name": "matmul",
            "framework": "numpy",
            "parameters": {"matrix_size": 256},
        },
        "python": {
            "lock": {"format": "requirements.txt", "content": "numpy==2.4.6\n"},
        },
        "runs": 6,
        "labels": {"purpose": "example"},
    },
    "script": {
        "script": 'print(\'{"@parameters": {}, "@result": {"rate": 1.0, "elapsed": 2.0}}\')',
        "runs": 1,
    },
}


@api.post(
    "/api/v1/inspections",
    description="The document is checked, stored and announced in one transaction; the answer does "
    "not wait for a worker.",
    responses={202: models.AcceptedInspection, **faults(Surface.V1, 409, 413, 415, 422)},
    openapi_extensions=json_body(
        Specification,
        "What shall be inspected. Sloppy documents of the prior system are taken too "
        "(`batch_size`, numbers as strings, unknown keys); `warnings` says how they were read.",
        EXAMPLES,
    ),
)
def submit_inspection(header: IdempotencyHeader) -> Response:
    """Submit an inspection."""
    submission = submit(read_json(request), Surface.V1, header.key)
    created = submission.created
    path = inspection_path(created.inspection_id)
    document = {
        "schema": INSPECTION_SCHEMA,
        "id": created.inspection_id,
        "state": created.state,
        "created_at": created.created_at,
        "warnings": shown_warnings(submission.parsed),
    }
    return accepted_answer(document, path, replayed=created.replayed)


@api.get("/api/v1/inspections", responses={200: models.InspectionList})
def list_inspections(query: InspectionQuery) -> Response:
    """List inspections, newest first."""
    queries = service().queries
    page = queries.page(query.filter(), cursor=query.cursor, limit=query.limit)
    kept = [(name, text) for name, text in request.args.items(multi=True) if name != "cursor"]
    document = {
        "schema": "amun.inspections/1",
        "inspections": _listed(page.inspections, figures=query.figures),
        "next_cursor": page.next_cursor,
        "counts": queries.counts(),
    }
    return json_answer(document, headers=next_page(kept, page.next_cursor))


def _listed(views: Sequence[InspectionView], *, figures: bool) -> list[dict[str, Any]]:
    listed = [shown_inspection(view) for view in views]
    if figures:
        found = service().queries.figures([view.inspection_id for view in views])
        for one in listed:
            own = found[one["id"]]
            one["figures"] = {
                "median_s": own.median_seconds,
                "median_rate": own.median_rate,
                "rate_unit": own.rate_unit,
                "parameters": own.parameters,
                "packages": own.packages,
            }
    return listed


@api.get(
    "/api/v1/inspections/<inspection_id>",
    responses={200: models.Inspection, 304: models.UNCHANGED, **faults(Surface.V1, 404)},
)
def show_inspection(path: InspectionPath, header: ConditionalHeader) -> Response:
    """One inspection with its attempts."""
    view = service().queries.inspection(path.inspection_id)
    # Each change of an inspection, of a run or an attempt renews updated_at or one of these.
    wish = "c" if view.cancel_requested else ""
    stamp = f"{view.sequence}-{view.updated_at.timestamp():.6f}-{view.state}-{view.runs_accepted}"
    etag = f'W/"{stamp}{wish}"'
    if (answer := unchanged(header.etag, etag)) is not None:
        return answer
    # most of those that are asked for wait: what no worker has claimed has no attempts
    claimed = view.build_started_at is not None
    attempts = service().queries.attempts(view.inspection_id) if claimed else ()
    document = shown_inspection(view)
    document["attempts"] = [shown_attempt(attempt) for attempt in attempts]
    document["precision"] = _precision(view)
    return json_answer(document, headers=fresh(etag))


def _precision(view: InspectionView) -> dict[str, Any] | None:
    """How precise the inspection has become, for those who wait for it."""
    if '"precision"' not in view.specification:  # not read where there is nothing to find
        return None
    goal = goal_of(from_json(view.specification))
    times = service().queries.run_times(view.inspection_id) if view.runs_accepted else ()
    return shown_precision(goal, times)


@api.post(
    "/api/v1/inspections/<inspection_id>/cancel",
    responses={202: models.CancelAnswer, **faults(Surface.V1, 404, 409, 415)},
)
def cancel_inspection(path: InspectionPath) -> Response:
    """Cancel an inspection. Needs no body; cancelling it again is fine."""
    require_json_type(request, optional=True)
    view = service().queries.inspection(path.inspection_id)
    state = service().store.request_cancel(view.inspection_id)
    return json_answer({"id": view.inspection_id, "state": state, "cancel_requested": True}, 202)
