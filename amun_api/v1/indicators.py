"""The performance indicators that can be asked for."""

from __future__ import annotations

from flask import Response

from amun_api.json_answer import json_answer
from amun_api.routes import JSON_TYPE, Answer, Link, Parameter, Routes, Surface
from amun_api.service import service
from amun_api.v1 import models

routes = Routes("indicator", Surface.V1)


@routes.get(
    "/api/v1/indicators",
    Answer(
        200,
        "By name.",
        {JSON_TYPE: models.IndicatorList},
        links={
            "show_indicator": Link("show_indicator", {"name": "$response.body#/indicators/0/name"})
        },
    ),
)
def list_indicators() -> Response:
    """Every indicator: frameworks, parameters with their bounds, formula of its work."""
    return json_answer({"schema": "amun.indicators/1", "indicators": service().catalogue.all()})


@routes.get(
    "/api/v1/indicators/<name>",
    Answer(200, "The indicator.", {JSON_TYPE: models.IndicatorDocument}),
    parameters=(
        Parameter("name", "Name of the indicator.", {"type": "string", "minLength": 1}, "path"),
    ),
    faults=(404,),
)
def show_indicator(name: str) -> Response:
    """One indicator."""
    return json_answer(service().catalogue.one(name))
