"""The performance indicators that can be asked for."""

from __future__ import annotations

from flask import Response

from amun_api.documentation import faults, part
from amun_api.json_answer import json_answer
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.v1 import models
from amun_api.v1.parameters import IndicatorPath

api = part("indicators", "indicator", Surface.V1)


@api.get("/api/v1/indicators", responses={200: models.IndicatorList})
def list_indicators() -> Response:
    """Every indicator: frameworks, parameters with their bounds, formula of its work."""
    return json_answer({"schema": "amun.indicators/1", "indicators": service().catalogue.all()})


@api.get(
    "/api/v1/indicators/<name>",
    responses={200: models.IndicatorDocument, **faults(Surface.V1, 404)},
)
def show_indicator(path: IndicatorPath) -> Response:
    """One indicator."""
    return json_answer(service().catalogue.one(path.name))
