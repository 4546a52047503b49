"""What an inspection has come to so far: its specification, plan, log, runs and results."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from pydantic_core import from_json

from amun_api.documentation import faults, part
from amun_api.json_answer import json_answer
from amun_api.parameters import InspectionPath
from amun_api.service import service
from amun_api.surfaces import JSON_TYPE, Surface
from amun_api.v1 import models
from amun_api.v1.parameters import LogQuery, RunsQuery
from amun_api.v1.presentation import shown_run
from amun_api.v1.results import results_document
from amun_core.errors import NotFoundError
from amun_core.redaction import redact_plan, redact_specification, redact_text

api = part("progress", "inspection", Surface.V1)

_TEXT_TYPE = "text/plain"


@api.get(
    "/api/v1/inspections/<inspection_id>/specification",
    responses={200: models.ShownSpecification, **faults(Surface.V1, 404)},
)
def show_specification(path: InspectionPath) -> Response:
    """The specification, normalised. Values of variables and credentials are hidden."""
    view = service().queries.inspection(path.inspection_id)
    return json_answer(redact_specification(from_json(view.specification)))


@api.get(
    "/api/v1/inspections/<inspection_id>/plan",
    responses={200: models.ShownPlan, **faults(Surface.V1, 404)},
)
def show_plan(path: InspectionPath) -> Response:
    """How the inspection is carried out. Values of variables and credentials are hidden."""
    view = service().queries.inspection(path.inspection_id)
    if view.plan is None:
        raise NotFoundError(
            "plan of inspection", view.inspection_id, hint="a builder makes it; try again later"
        )
    return json_answer(redact_plan(from_json(view.plan)))


@api.get(
    "/api/v1/inspections/<inspection_id>/log",
    responses={200: models.LogPage, **faults(Surface.V1, 404)},
)
def show_log(path: InspectionPath, query: LogQuery) -> Response:
    """The log, in chunks with offsets, so that it can be followed."""
    view = service().queries.inspection(path.inspection_id)
    read = service().queries.log(view.inspection_id, after=query.after, limit=query.limit)
    chunks = [{**chunk, "text": redact_text(chunk["text"])} for chunk in read]
    next_after = chunks[-1]["offset"] if chunks else query.after
    headers = {"Amun-Next-After": str(next_after), "Vary": "Accept"}
    wanted = request.accept_mimetypes.best_match([JSON_TYPE, _TEXT_TYPE], default=JSON_TYPE)
    if wanted == _TEXT_TYPE:
        text = "".join(chunk["text"] for chunk in chunks)
        return Response(text, content_type="text/plain; charset=utf-8", headers=headers)
    return json_answer({"chunks": chunks, "next_after": next_after}, headers=headers)


@api.get(
    "/api/v1/inspections/<inspection_id>/runs",
    responses={200: models.RunList, **faults(Surface.V1, 404)},
)
def list_runs(path: InspectionPath, query: RunsQuery) -> Response:
    """Every run of the inspection, with its samples where asked for."""
    view = service().queries.inspection(path.inspection_id)
    runs = service().queries.runs(view.inspection_id, samples=True)
    return json_answer({"runs": [shown_run(run, samples=query.samples) for run in runs]})


@api.get(
    "/api/v1/inspections/<inspection_id>/results",
    responses={200: models.ShownResult, **faults(Surface.V1, 404)},
)
def show_results(path: InspectionPath) -> Response:
    """The result: stack, environment, host, runs and the medians with their intervals."""
    view = service().queries.inspection(path.inspection_id)
    queries = service().queries
    hosts: dict[str, Any] = {str(host["id"]): host for host in queries.hosts()}
    runs = queries.runs(view.inspection_id, samples=True)
    packages = queries.stack_packages(view.stack_digest) if view.stack_digest else ()
    return json_answer(results_document(view, runs, hosts.get(view.host_id or ""), packages))
