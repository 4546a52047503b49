"""The API of the prior system, as its clients speak it: same paths, codes, keys and words."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, redirect, request
from pydantic_core import from_json
from werkzeug.wrappers import Response as WerkzeugResponse

from amun_api import compatibility_models as models
from amun_api.body import read_json
from amun_api.compatibility_documents import (
    result_document,
    specification_document,
    status_document,
    timestamp,
)
from amun_api.compatibility_parameters import PageQuery, RunPath
from amun_api.documentation import faults, json_body, part, response
from amun_api.json_answer import json_answer
from amun_api.parameters import IdempotencyHeader, InspectionPath
from amun_api.service import service
from amun_api.submission import submit
from amun_api.surfaces import Surface
from amun_api.version import VERSION
from amun_core.errors import NotFoundError
from amun_core.redaction import redact_text

api = part("compatibility", "compatibility", Surface.COMPATIBILITY)

_CHUNKS_AT_ONCE = 1000
#: The first sections of a log that belong to a run; everything before is the build's.
_RUN_SECTION = "run"
_TO_THE_PAGE = response("To the readable page of this API.", headers={"Location": "It."})

EXAMPLES: dict[str, Any] = {
    "script": {
        "base": "registry.example/python:3.11",
        "identifier": "example",
        "batch_size": 3,
        "environment": [{"name": "OMP_NUM_THREADS", "value": "1"}],
        "script": 'print(\'{"@parameters": {}, "@result": {"rate": 1.0, "elapsed": 2.0}}\')',
    }
}


@api.get("/", responses={302: _TO_THE_PAGE})
def root() -> WerkzeugResponse:
    """Lead a person to the readable page."""
    return redirect("/openapi/")


@api.get("/api/v1", responses={200: models.PathsAnswer})
def list_paths() -> Response:
    """Every path of this service below /api/v1."""
    rules = {rule.rule for rule in current_app.url_map.iter_rules()}
    paths = sorted(rule for rule in rules if rule.startswith("/api/v1"))
    return json_answer({"paths": paths, "parameters": {}})


@api.get("/api/v1/version", responses={200: models.VersionAnswer})
def show_version() -> Response:
    """Version of the interface and of the service."""
    return json_answer({"version": VERSION, "service_version": VERSION, "parameters": {}})


@api.post(
    "/api/v1/inspect",
    responses={202: models.InspectAnswer, **faults(Surface.COMPATIBILITY, 409, 413, 415)},
    openapi_extensions=json_body(
        models.PublishedSpecification,
        "A specification of the prior system; only `base` is required.",
        EXAMPLES,
    ),
)
def inspect(header: IdempotencyHeader) -> Response:
    """Submit an inspection."""
    submission = submit(read_json(request), Surface.COMPATIBILITY, header.key)
    document = {
        "inspection_id": submission.created.inspection_id,
        "parameters": specification_document(from_json(submission.parsed.canonical)),
    }
    headers = {"Idempotency-Replayed": "true"} if submission.created.replayed else None
    return json_answer(document, 202, headers=headers)


@api.get("/api/v1/inspect", responses={200: models.InspectListAnswer})
def inspect_list(query: PageQuery) -> Response:
    """List inspections; pages do not overlap."""
    ids = service().queries.offset_page(page=query.page, limit=query.limit)
    return json_answer({"inspections": list(ids), "parameters": query.model_dump()})


@api.get(
    "/api/v1/inspect/<inspection_id>/status",
    responses={200: models.StatusAnswer, **faults(Surface.COMPATIBILITY, 404)},
)
def inspect_status(path: InspectionPath) -> Response:
    """How far an inspection is."""
    view = service().queries.inspection(path.inspection_id)
    return _answer(path, status=status_document(view))


@api.get(
    "/api/v1/inspect/<inspection_id>/specification",
    responses={200: models.SpecificationAnswer, **faults(Surface.COMPATIBILITY, 404)},
)
def inspect_specification(path: InspectionPath) -> Response:
    """What was asked."""
    view = service().queries.inspection(path.inspection_id)
    return _answer(
        path,
        specification=specification_document(from_json(view.specification)),
        created=timestamp(view.created_at),
    )


@api.get(
    "/api/v1/inspect/<inspection_id>/build/log",
    responses={200: models.TextLogAnswer, **faults(Surface.COMPATIBILITY, 404)},
)
def inspect_build_log(path: InspectionPath) -> Response:
    """The log of the build; empty while there is none."""
    view = service().queries.inspection(path.inspection_id)
    return _answer(path, log=redact_text(_build_log(view.inspection_id)))


@api.get(
    "/api/v1/inspect/<inspection_id>/job/batch-size",
    responses={200: models.BatchSizeAnswer, **faults(Surface.COMPATIBILITY, 404)},
)
def inspect_batch_size(path: InspectionPath) -> Response:
    """How many runs were asked for."""
    view = service().queries.inspection(path.inspection_id)
    return _answer(path, batch_size=view.runs)


@api.get(
    "/api/v1/inspect/<inspection_id>/job/<item>/result",
    responses={200: models.ResultAnswer, **faults(Surface.COMPATIBILITY, 404)},
)
def inspect_result(path: RunPath) -> Response:
    """The result document of one run."""
    return _answer(path, result=_result(path))


@api.get(
    "/api/v1/inspect/<inspection_id>/job/<item>/log",
    responses={200: models.ResultLogAnswer, **faults(Surface.COMPATIBILITY, 404)},
)
def inspect_job_log(path: RunPath) -> Response:
    """The same document under its other published name; our own API has the text."""
    return _answer(path, log=_result(path))


def _answer(path: InspectionPath, **content: Any) -> Response:
    return json_answer({**content, "parameters": path.model_dump()})


def _result(path: RunPath) -> dict[str, Any]:
    view = service().queries.inspection(path.inspection_id)
    if path.item >= view.runs:
        raise NotFoundError(
            "run",
            str(path.item),
            hint=f"this inspection has {view.runs} runs, numbered from 0",
        )
    run = service().queries.run(view.inspection_id, path.item)
    return result_document(run.document)


def _build_log(inspection_id: str) -> str:
    pieces: list[str] = []
    after = 0
    while True:
        chunks = service().queries.log(inspection_id, after=after, limit=_CHUNKS_AT_ONCE)
        pieces += [
            chunk["text"] for chunk in chunks if not chunk["section"].startswith(_RUN_SECTION)
        ]
        if len(chunks) < _CHUNKS_AT_ONCE:
            return "".join(pieces)
        after = chunks[-1]["offset"]
