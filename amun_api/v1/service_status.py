"""What the processes of the service say of themselves: who lives, which engines work where."""

from __future__ import annotations

import contextlib

from flask import Response

from amun_api.documentation import part
from amun_api.json_answer import json_answer
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.v1 import models
from amun_api.version import VERSION
from amun_core.errors import StorageError

api = part("service_status", "service", Surface.V1)


@api.get("/api/v1/service", responses={200: models.ServiceStatus})
def show_service() -> Response:
    """The newest sign of life of each process, with the engines that work on its host."""
    readiness = service().readiness
    with contextlib.suppress(StorageError):  # its own sign of life is as new as it can be
        readiness.require_storage()
    beats = service().queries.service_beats()
    return json_answer(
        {
            "schema": "amun.service/1",
            "version": VERSION,
            "processes": [
                {
                    "name": beat["name"],
                    "at": beat["at"],
                    "age_seconds": beat["age_seconds"],
                    "state": readiness.state_of(beat),
                    "detail": beat["detail"],
                }
                for beat in beats
            ],
        }
    )
