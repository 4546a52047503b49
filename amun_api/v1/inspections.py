"""Inspections: submit one, list them, look at one, cancel it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from amun_api.body import read_json, require_json_type
from amun_api.json_answer import json_answer
from amun_api.query_parameters import inspection_filter, integer, known_only
from amun_api.routes import JSON_TYPE, Answer, Body, Link, Parameter, Routes, Surface
from amun_api.service import service
from amun_api.submission import IDEMPOTENCY_PARAMETER, idempotency_key, shown_warnings, submit
from amun_api.v1 import models
from amun_api.v1.presentation import (
    INSPECTION_SCHEMA,
    inspection_path,
    shown_attempt,
    shown_inspection,
)
from amun_core.errors import NotFoundError
from amun_core.specification import Specification
from amun_core.states import InspectionState
from knowledge_graph.records import InspectionView

routes = Routes("inspection", Surface.V1)

DEFAULT_PAGE = 50
MAXIMUM_PAGE = 200
_IDENTITY = re.compile(r"[A-Za-z0-9-]{6,128}")

IDENTITY_PARAMETER = Parameter(
    "inspection_id",
    "The inspection's id, or a prefix of it (or of its last eight characters) that only it has, "
    "of 6 characters or more.",
    {"type": "string", "pattern": "^[A-Za-z0-9-]{6,128}$"},
    place="path",
)
_STATES = [state.value for state in InspectionState]
_LIST_PARAMETERS = (
    Parameter(
        "state",
        "Only these states; repeat it, or separate them by commas.",
        {"type": "array", "items": {"type": "string", "enum": _STATES}},
        explode=True,
    ),
    Parameter(
        "label",
        "Only with this label: KEY=VALUE, or KEY for any value; repeat it for several.",
        {"type": "array", "items": {"type": "string", "pattern": "^[A-Za-z0-9._/-]{1,63}(=.*)?$"}},
        explode=True,
    ),
    Parameter("indicator", "Only this indicator.", {"type": "string"}),
    Parameter("framework", "Only this framework.", {"type": "string"}),
    Parameter(
        "package", "Only stacks with this package: NAME or NAME==VERSION.", {"type": "string"}
    ),
    Parameter("host", "Only this host: its id, a prefix of it, or its name.", {"type": "string"}),
    Parameter(
        "limit",
        "At most so many.",
        {"type": "integer", "minimum": 1, "maximum": MAXIMUM_PAGE, "default": DEFAULT_PAGE},
    ),
    Parameter("cursor", "Where to go on: next_cursor of the page before.", {"type": "string"}),
)
_LIST_NAMES = frozenset(parameter.name for parameter in _LIST_PARAMETERS)

_BY_ID = {"inspection_id": "$response.body#/id"}
_LINKS = {
    name: Link(name, _BY_ID)
    for name in (
        "show_inspection",
        "show_specification",
        "show_plan",
        "show_log",
        "list_runs",
        "show_results",
        "cancel_inspection",
    )
}
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


def find_inspection(identity: str) -> InspectionView:
    """The inspection of a path. What cannot be an id is not looked up."""
    if not _IDENTITY.fullmatch(identity):
        raise NotFoundError(
            "inspection",
            identity[:80],
            hint="GET /api/v1/inspections lists them; a prefix needs 6 characters or more",
        )
    return service().queries.inspection(identity)


@routes.post(
    "/api/v1/inspections",
    Answer(
        202,
        "Stored; a worker will take it. Also while the broker is down.",
        {JSON_TYPE: models.AcceptedInspection},
        headers={
            "Location": "Where the inspection is found.",
            "Idempotency-Replayed": "true: this is the first answer again.",
        },
        links=_LINKS,
    ),
    parameters=(IDEMPOTENCY_PARAMETER,),
    body=Body(
        Specification,
        "What shall be inspected. Sloppy documents of the prior system are taken too "
        "(`batch_size`, numbers as strings, unknown keys); `warnings` says how they were read.",
        EXAMPLES,
    ),
    faults=(400, 409, 413, 415, 422),
)
def submit_inspection() -> Response:
    """Submit an inspection.

    The document is checked, stored and announced in one transaction; the answer does not wait for
    a worker.
    """
    key = idempotency_key(request)
    submission = submit(read_json(request), Surface.V1, key)
    created = submission.created
    path = inspection_path(created.inspection_id)
    headers = {"Location": path}
    if created.replayed:
        headers["Idempotency-Replayed"] = "true"
    document = {
        "schema": INSPECTION_SCHEMA,
        "id": created.inspection_id,
        "state": created.state,
        "created_at": created.created_at,
        "url": request.host_url.rstrip("/") + path,
        "warnings": shown_warnings(submission.parsed),
        "replayed": created.replayed,
    }
    return json_answer(document, 202, headers=headers)


@routes.get(
    "/api/v1/inspections",
    Answer(
        200,
        "Newest first.",
        {JSON_TYPE: models.InspectionList},
        headers={"Link": 'The next page, rel="next".'},
        links={
            "show_inspection": Link(
                "show_inspection", {"inspection_id": "$response.body#/inspections/0/id"}
            )
        },
    ),
    parameters=_LIST_PARAMETERS,
    faults=(400,),
)
def list_inspections() -> Response:
    """List inspections, newest first."""
    known_only(request, _LIST_NAMES)
    queries = service().queries
    page = queries.page(
        inspection_filter(request),
        cursor=request.args.get("cursor"),
        limit=integer(request, "limit", DEFAULT_PAGE, 1, MAXIMUM_PAGE),
    )
    headers = {}
    if page.next_cursor is not None:
        kept = [(name, text) for name, text in request.args.items(multi=True) if name != "cursor"]
        query = urlencode([*kept, ("cursor", page.next_cursor)])
        headers["Link"] = f'</api/v1/inspections?{query}>; rel="next"'
    document = {
        "schema": "amun.inspections/1",
        "inspections": [shown_inspection(view) for view in page.inspections],
        "next_cursor": page.next_cursor,
        "counts": queries.counts(),
    }
    return json_answer(document, headers=headers)


@routes.get(
    "/api/v1/inspections/<inspection_id>",
    Answer(
        200,
        "The inspection.",
        {JSON_TYPE: models.Inspection},
        headers={"ETag": "Changes with the inspection; send it back as If-None-Match."},
    ),
    Answer(304, "Unchanged since the ETag that was sent."),
    parameters=(
        IDENTITY_PARAMETER,
        Parameter(
            "If-None-Match", "ETag of an earlier answer.", {"type": "string"}, place="header"
        ),
    ),
    faults=(400, 404),
)
def show_inspection(inspection_id: str) -> Response:
    """One inspection with its attempts."""
    view = find_inspection(inspection_id)
    # Each change of an inspection, of a run or an attempt renews updated_at or one of these.
    wish = "c" if view.cancel_requested else ""
    stamp = f"{view.sequence}-{view.updated_at.timestamp():.6f}-{view.state}-{view.runs_accepted}"
    etag = f'W/"{stamp}{wish}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.environ.get("HTTP_IF_NONE_MATCH") == etag:
        return Response(status=304, headers=headers)
    # most of those that are asked for wait: what no worker has claimed has no attempts
    claimed = view.build_started_at is not None
    attempts = service().queries.attempts(view.inspection_id) if claimed else ()
    document = shown_inspection(view)
    document["attempts"] = [shown_attempt(attempt) for attempt in attempts]
    return json_answer(document, headers=headers)


@routes.post(
    "/api/v1/inspections/<inspection_id>/cancel",
    Answer(
        202,
        "Cancelled, or its worker will stop it within seconds.",
        {JSON_TYPE: models.CancelAnswer},
    ),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404, 409, 415),
)
def cancel_inspection(inspection_id: str) -> Response:
    """Cancel an inspection. Needs no body; cancelling it again is fine."""
    require_json_type(request, optional=True)
    view = find_inspection(inspection_id)
    state = service().store.request_cancel(view.inspection_id)
    return json_answer({"id": view.inspection_id, "state": state, "cancel_requested": True}, 202)
