"""What an inspection has come to so far: its specification, plan, log, runs and results."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from pydantic_core import from_json

from amun_api.json_answer import json_answer
from amun_api.query_parameters import MAXIMUM_OFFSET, flag, integer, known_only
from amun_api.routes import JSON_TYPE, Answer, Parameter, Routes, Surface
from amun_api.service import service
from amun_api.v1 import models
from amun_api.v1.inspections import IDENTITY_PARAMETER, find_inspection
from amun_api.v1.presentation import shown_run
from amun_api.v1.results import results_document
from amun_core.errors import NotFoundError
from amun_core.plan import Plan
from amun_core.redaction import redact_plan, redact_specification, redact_text
from amun_core.result import InspectionResult
from amun_core.specification import Specification

routes = Routes("inspection", Surface.V1)

MAXIMUM_CHUNKS = 1000
_TEXT_TYPE = "text/plain"


@routes.get(
    "/api/v1/inspections/<inspection_id>/specification",
    Answer(200, "As it was understood.", {JSON_TYPE: Specification}),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404),
)
def show_specification(inspection_id: str) -> Response:
    """The specification, normalised. Values of variables and credentials are hidden."""
    view = find_inspection(inspection_id)
    return json_answer(redact_specification(from_json(view.specification)))


@routes.get(
    "/api/v1/inspections/<inspection_id>/plan",
    Answer(200, "The plan of the last attempt.", {JSON_TYPE: Plan}),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404),
)
def show_plan(inspection_id: str) -> Response:
    """How the inspection is carried out. Values of variables and credentials are hidden."""
    view = find_inspection(inspection_id)
    if view.plan is None:
        raise NotFoundError(
            "plan of inspection", view.inspection_id, hint="a builder makes it; try again later"
        )
    return json_answer(redact_plan(from_json(view.plan)))


@routes.get(
    "/api/v1/inspections/<inspection_id>/log",
    Answer(
        200,
        "The log from `after` on; as plain text where Accept asks for that.",
        {JSON_TYPE: models.LogPage, _TEXT_TYPE: {"type": "string"}},
        headers={"Amun-Next-After": "What to send as `after` to read on."},
    ),
    parameters=(
        IDENTITY_PARAMETER,
        Parameter(
            "after",
            "Only what was logged behind this offset.",
            {"type": "integer", "minimum": 0, "maximum": MAXIMUM_OFFSET, "default": 0},
        ),
        Parameter(
            "limit",
            "At most so many chunks.",
            {"type": "integer", "minimum": 1, "maximum": MAXIMUM_CHUNKS, "default": MAXIMUM_CHUNKS},
        ),
    ),
    faults=(400, 404),
)
def show_log(inspection_id: str) -> Response:
    """The log, in chunks with offsets, so that it can be followed."""
    known_only(request, {"after", "limit"})
    after = integer(request, "after", 0, 0, MAXIMUM_OFFSET)
    limit = integer(request, "limit", MAXIMUM_CHUNKS, 1, MAXIMUM_CHUNKS)
    view = find_inspection(inspection_id)
    read = service().queries.log(view.inspection_id, after=after, limit=limit)
    chunks = [{**chunk, "text": redact_text(chunk["text"])} for chunk in read]
    next_after = chunks[-1]["offset"] if chunks else after
    headers = {"Amun-Next-After": str(next_after), "Vary": "Accept"}
    wanted = request.accept_mimetypes.best_match([JSON_TYPE, _TEXT_TYPE], default=JSON_TYPE)
    if wanted == _TEXT_TYPE:
        text = "".join(chunk["text"] for chunk in chunks)
        return Response(text, content_type="text/plain; charset=utf-8", headers=headers)
    return json_answer({"chunks": chunks, "next_after": next_after}, headers=headers)


@routes.get(
    "/api/v1/inspections/<inspection_id>/runs",
    Answer(200, "Accepted runs by index, then the others.", {JSON_TYPE: models.RunList}),
    parameters=(
        IDENTITY_PARAMETER,
        Parameter("samples", "true: every iteration too.", {"type": "boolean", "default": False}),
    ),
    faults=(400, 404),
)
def list_runs(inspection_id: str) -> Response:
    """Every run of the inspection, with its samples where asked for."""
    known_only(request, {"samples"})
    samples = flag(request, "samples")
    view = find_inspection(inspection_id)
    runs = service().queries.runs(view.inspection_id, samples=True)
    return json_answer({"runs": [shown_run(run, samples=samples) for run in runs]})


@routes.get(
    "/api/v1/inspections/<inspection_id>/results",
    Answer(
        200,
        "What the runs say so far; the summary is over those that were accepted.",
        {JSON_TYPE: InspectionResult},
    ),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404),
)
def show_results(inspection_id: str) -> Response:
    """The result: stack, environment, host, runs and the medians with their intervals."""
    view = find_inspection(inspection_id)
    queries = service().queries
    hosts: dict[str, Any] = {str(host["id"]): host for host in queries.hosts()}
    runs = queries.runs(view.inspection_id, samples=True)
    return json_answer(results_document(view, runs, hosts.get(view.host_id or "")))
