"""Signs of life for supervisors, and counters for Prometheus."""

from __future__ import annotations

from flask import Response

from amun_api.compatibility_models import ProbeAnswer
from amun_api.json_answer import json_answer
from amun_api.metrics import CONTENT_TYPE
from amun_api.routes import JSON_TYPE, Answer, Routes, Surface
from amun_api.service import service
from amun_api.v1.models import Health

routes = Routes("service", Surface.V1)
compatibility_routes = Routes("compatibility", Surface.COMPATIBILITY)

_TEXT = {"type": "string"}


@routes.get("/healthz", Answer(200, "The process answers.", {JSON_TYPE: Health}))
def healthz() -> Response:
    """Whether the process answers. Looks at nothing else."""
    return json_answer({"status": "ok"})


@routes.get(
    "/readyz",
    Answer(200, "The database answers and its schema is the newest.", {JSON_TYPE: Health}),
)
def readyz() -> Response:
    """Whether inspections can be taken: the database answers and its schema is the newest."""
    service().queries.ready()
    return json_answer({"status": "ready"})


@routes.get("/metrics", Answer(200, "Text format of Prometheus.", {"text/plain": _TEXT}))
def metrics() -> Response:
    """Requests, latencies, inspections by state, length of the outbox."""
    return Response(service().metrics.exposition(), content_type=CONTENT_TYPE)


@compatibility_routes.get(
    "/liveness", Answer(200, "The process answers.", {JSON_TYPE: ProbeAnswer})
)
def liveness() -> Response:
    """Whether the process answers, as the prior system named it."""
    return json_answer({"status": "ok", "parameters": {}})


@compatibility_routes.get(
    "/readiness", Answer(200, "Inspections can be taken.", {JSON_TYPE: ProbeAnswer})
)
def readiness() -> Response:
    """Whether inspections can be taken, as the prior system named it."""
    service().queries.ready()
    return json_answer({"status": "ready", "parameters": {}})
