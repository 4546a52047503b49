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
from amun_api.json_answer import json_answer
from amun_api.query_parameters import integer, known_only
from amun_api.routes import JSON_TYPE, Answer, Body, Link, Parameter, Routes, Surface
from amun_api.service import service
from amun_api.submission import IDEMPOTENCY_PARAMETER, idempotency_key, submit
from amun_api.v1.inspections import IDENTITY_PARAMETER, find_inspection
from amun_api.version import VERSION
from amun_core.errors import NotFoundError
from amun_core.redaction import redact_text
from amun_core.specification import MAXIMUM_RUNS

routes = Routes("compatibility", Surface.COMPATIBILITY)

DEFAULT_PAGE = 100
MAXIMUM_PAGE = 1000
_MAXIMUM_PAGE_NUMBER = 1_000_000
_CHUNKS_AT_ONCE = 1000
#: The first sections of a log that belong to a run; everything before is the build's.
_RUN_SECTION = "run"

_BY_ID = {"inspection_id": "$response.body#/inspection_id"}
_ITEM_PARAMETER = Parameter(
    "item",
    "Number of the run, from 0.",
    {"type": "integer", "minimum": 0, "maximum": MAXIMUM_RUNS - 1},
    place="path",
)
EXAMPLES: dict[str, Any] = {
    "script": {
        "base": "registry.example/python:3.11",
        "identifier": "example",
        "batch_size": 3,
        "environment": [{"name": "OMP_NUM_THREADS", "value": "1"}],
        "script": 'print(\'{"@parameters": {}, "@result": {"rate": 1.0, "elapsed": 2.0}}\')',
    }
}


@routes.get("/", Answer(302, "To the readable page of this API.", headers={"Location": "It."}))
def root() -> WerkzeugResponse:
    """Lead a person to the readable page."""
    return redirect("/openapi/")


@routes.get("/api/v1", Answer(200, "Every path below /api/v1.", {JSON_TYPE: models.PathsAnswer}))
def list_paths() -> Response:
    """Every path of this service below /api/v1."""
    rules = {rule.rule for rule in current_app.url_map.iter_rules()}
    paths = sorted(rule for rule in rules if rule.startswith("/api/v1"))
    return json_answer({"paths": paths, "parameters": {}})


@routes.get("/api/v1/version", Answer(200, "Versions.", {JSON_TYPE: models.VersionAnswer}))
def show_version() -> Response:
    """Version of the interface and of the service."""
    return json_answer({"version": VERSION, "service_version": VERSION, "parameters": {}})


@routes.post(
    "/api/v1/inspect",
    Answer(
        202,
        "Stored; a worker will take it.",
        {JSON_TYPE: models.InspectAnswer},
        headers={"Idempotency-Replayed": "true: this is the first answer again."},
        links={
            name: Link(name, _BY_ID)
            for name in (
                "inspect_status",
                "inspect_specification",
                "inspect_build_log",
                "inspect_batch_size",
            )
        },
    ),
    parameters=(IDEMPOTENCY_PARAMETER,),
    body=Body(
        models.PublishedSpecification,
        "A specification of the prior system; only `base` is required.",
        EXAMPLES,
    ),
    faults=(400, 409, 413, 415),
)
def inspect() -> Response:
    """Submit an inspection."""
    key = idempotency_key(request)
    submission = submit(read_json(request), Surface.COMPATIBILITY, key)
    document = {
        "inspection_id": submission.created.inspection_id,
        "parameters": specification_document(from_json(submission.parsed.canonical)),
    }
    headers = {"Idempotency-Replayed": "true"} if submission.created.replayed else None
    return json_answer(document, 202, headers=headers)


@routes.get(
    "/api/v1/inspect",
    Answer(200, "Ids, newest first.", {JSON_TYPE: models.InspectListAnswer}),
    parameters=(
        Parameter(
            "page",
            "Number of the page, from 0.",
            {"type": "integer", "minimum": 0, "maximum": _MAXIMUM_PAGE_NUMBER, "default": 0},
        ),
        Parameter(
            "limit",
            "Ids on a page.",
            {"type": "integer", "minimum": 1, "maximum": MAXIMUM_PAGE, "default": DEFAULT_PAGE},
        ),
    ),
    faults=(400,),
)
def inspect_list() -> Response:
    """List inspections; pages do not overlap."""
    known_only(request, {"page", "limit"})
    page = integer(request, "page", 0, 0, _MAXIMUM_PAGE_NUMBER)
    limit = integer(request, "limit", DEFAULT_PAGE, 1, MAXIMUM_PAGE)
    ids = service().queries.offset_page(page=page, limit=limit)
    return json_answer({"inspections": list(ids), "parameters": {"page": page, "limit": limit}})


@routes.get(
    "/api/v1/inspect/<inspection_id>/status",
    Answer(200, "Build, runs and workflow.", {JSON_TYPE: models.StatusAnswer}),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404),
)
def inspect_status(inspection_id: str) -> Response:
    """How far an inspection is."""
    view = find_inspection(inspection_id)
    return _answer(inspection_id, status=status_document(view))


@routes.get(
    "/api/v1/inspect/<inspection_id>/specification",
    Answer(200, "The specification as it was understood.", {JSON_TYPE: models.SpecificationAnswer}),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404),
)
def inspect_specification(inspection_id: str) -> Response:
    """What was asked."""
    view = find_inspection(inspection_id)
    return _answer(
        inspection_id,
        specification=specification_document(from_json(view.specification)),
        created=timestamp(view.created_at),
    )


@routes.get(
    "/api/v1/inspect/<inspection_id>/build/log",
    Answer(200, "The log of the build.", {JSON_TYPE: models.TextLogAnswer}),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404),
)
def inspect_build_log(inspection_id: str) -> Response:
    """The log of the build; empty while there is none."""
    view = find_inspection(inspection_id)
    return _answer(inspection_id, log=redact_text(_build_log(view.inspection_id)))


@routes.get(
    "/api/v1/inspect/<inspection_id>/job/batch-size",
    Answer(200, "Number of runs asked for.", {JSON_TYPE: models.BatchSizeAnswer}),
    parameters=(IDENTITY_PARAMETER,),
    faults=(400, 404),
)
def inspect_batch_size(inspection_id: str) -> Response:
    """How many runs were asked for."""
    view = find_inspection(inspection_id)
    return _answer(inspection_id, batch_size=view.runs)


@routes.get(
    "/api/v1/inspect/<inspection_id>/job/<item>/result",
    Answer(200, "The result of one run.", {JSON_TYPE: models.ResultAnswer}),
    parameters=(IDENTITY_PARAMETER, _ITEM_PARAMETER),
    faults=(400, 404),
)
def inspect_result(inspection_id: str, item: str) -> Response:
    """The result document of one run."""
    return _answer(inspection_id, item, result=_result(inspection_id, item))


@routes.get(
    "/api/v1/inspect/<inspection_id>/job/<item>/log",
    Answer(200, "The result of one run.", {JSON_TYPE: models.ResultLogAnswer}),
    parameters=(IDENTITY_PARAMETER, _ITEM_PARAMETER),
    faults=(400, 404),
)
def inspect_job_log(inspection_id: str, item: str) -> Response:
    """The same document under its other published name; our own API has the text."""
    return _answer(inspection_id, item, log=_result(inspection_id, item))


def _answer(inspection_id: str, item: str | None = None, /, **content: Any) -> Response:
    parameters: dict[str, Any] = {"inspection_id": inspection_id}
    if item is not None:
        parameters["item"] = int(item)
    return json_answer({**content, "parameters": parameters})


def _result(inspection_id: str, item: str) -> dict[str, Any]:
    view = find_inspection(inspection_id)
    if not (item.isascii() and item.isdigit() and len(item) <= 6):
        raise NotFoundError("run", item[:40], hint="runs are numbered from 0")
    index = int(item)
    if index >= view.runs:
        raise NotFoundError(
            "run", item, hint=f"this inspection has {view.runs} runs, numbered from 0"
        )
    run = service().queries.run(view.inspection_id, index)
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
