"""Hosts: what they are, and what their calibrations say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from amun_api.documentation import faults, part
from amun_api.json_answer import json_answer
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.v1 import comparison_models
from amun_api.v1.comparison_parameters import HostPath
from amun_api.v1.comparison_presentation import shown_calibration
from amun_core.errors import InvalidInputError, NotFoundError
from amun_core.intake import shown
from knowledge_graph.comparison_records import CalibrationView

api = part("hosts", "host", Surface.V1)

_SHORTEST_PREFIX = 6
_SHOWN_CANDIDATES = 8


@api.get("/api/v1/hosts", responses={200: comparison_models.HostList})
def list_hosts() -> Response:
    """Every host that has built or measured, with its calibrations."""
    queries = service().queries
    calibrations = queries.calibrations()
    shown = [_shown(host, calibrations) for host in queries.hosts()]
    return json_answer({"schema": "amun.hosts/1", "hosts": shown})


@api.get(
    "/api/v1/hosts/<host_id>",
    responses={200: comparison_models.ShownHostRecord, **faults(Surface.V1, 404)},
)
def show_host(path: HostPath) -> Response:
    """One host with its calibrations."""
    queries = service().queries
    host = _find(path.host_id, queries.hosts())
    return json_answer(_shown(host, queries.calibrations(str(host["id"]))))


def _find(asked: str, hosts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """By id, by name, or by a unique prefix of the id or of its hexadecimal part."""
    exact = [host for host in hosts if asked in {host["id"], host["hostname"]}]
    found = exact or [host for host in hosts if _begins(host["id"], asked)]
    if not found:
        raise NotFoundError("host", asked, hint="GET /api/v1/hosts lists them")
    if len(found) > 1:
        named = ", ".join(str(host["id"]) for host in found[:_SHOWN_CANDIDATES])
        raise InvalidInputError(
            f"{shown(asked)} names more than one host: {named}", hint="Give more of the id."
        )
    return found[0]


def _begins(host_id: str, asked: str) -> bool:
    parts = (host_id, host_id.rpartition(":")[2])
    return len(asked) >= _SHORTEST_PREFIX and any(part.startswith(asked) for part in parts)


def _shown(host: Mapping[str, Any], calibrations: Sequence[CalibrationView]) -> dict[str, Any]:
    description: Mapping[str, Any] = host["description"]
    return {
        "schema": "amun.host-record/1",
        "id": host["id"],
        "name": host["hostname"],
        "processor": description.get("cpu_brand") or None,
        "cpu_count": description.get("logical_cpus"),
        "memory_bytes": description.get("memory_bytes"),
        "operating_system": description.get("operating_system") or None,
        "description": description,
        "first_seen_at": host["first_seen_at"],
        "last_seen_at": host["last_seen_at"],
        "calibrations": [
            shown_calibration(one) for one in calibrations if one.host_id == host["id"]
        ],
        "links": {"self": f"/api/v1/hosts/{host['id']}"},
    }
