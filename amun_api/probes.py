"""Signs of life for supervisors, and counters for Prometheus."""

from __future__ import annotations

from flask import Response

from amun_api.compatibility_models import ProbeAnswer
from amun_api.documentation import part, response
from amun_api.json_answer import json_answer
from amun_api.metrics import CONTENT_TYPE
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.v1.models import Health

api = part("probes", "service", Surface.V1)
compatibility_api = part("compatibility_probes", "compatibility", Surface.COMPATIBILITY)

_EXPOSITION = response(
    "Text format of Prometheus.", content={"text/plain": {"schema": {"type": "string"}}}
)


@api.get("/healthz", responses={200: Health})
def healthz() -> Response:
    """Whether the process answers. Looks at nothing else."""
    return json_answer({"status": "ok"})


@api.get("/readyz", responses={200: Health})
def readyz() -> Response:
    """Whether inspections are taken and worked on: the database is read and written, workers work."""
    service().readiness.require()
    return json_answer({"status": "ready"})


@api.get("/metrics", responses={200: _EXPOSITION})
def metrics() -> Response:
    """Requests, latencies, inspections by state, length of the outbox."""
    return Response(service().metrics.exposition(), content_type=CONTENT_TYPE)


@compatibility_api.get("/liveness", responses={200: ProbeAnswer})
def liveness() -> Response:
    """Whether the process answers, as the prior system named it."""
    return json_answer({"status": "ok", "parameters": {}})


@compatibility_api.get("/readiness", responses={200: ProbeAnswer})
def readiness() -> Response:
    """Whether inspections can be taken, as the prior system named it."""
    service().readiness.require()
    return json_answer({"status": "ready", "parameters": {}})
