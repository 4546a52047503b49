"""The OpenAPI document."""

from __future__ import annotations

import json
import re

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from amun_api import compatibility_models
from amun_api.app import documented
from amun_api.surfaces import PROBLEM_TYPE, Surface, surface_of
from amun_api.v1 import (
    comparison_models,
    models,
    stack_models,
    summary_models,
    sweep_models,
)
from amun_core.comparison import ComparisonRequest
from amun_core.specification import Specification
from amun_core.stack_request import StackQuestion
from amun_core.sweep import SweepRequest
from tests.support.operations import operations


def test_every_operation_is_described_with_its_faults(make_app):
    document = documented()
    assert document["openapi"] == "3.1.0"
    assert document["security"] == [{}, {"token": []}]
    rules = {
        (rule.rule, method)
        for rule in make_app().url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(("/openapi", "/api/v1/ui"))
    }
    assert {(operation.rule, operation.method) for operation in operations()} == rules
    for operation in operations():
        shown = operation.document
        assert shown["summary"].endswith(".")
        assert {"401", "403", "503"} <= set(shown["responses"])
        if "{" in operation.path:
            assert "404" in shown["responses"]
        if operation.parameters:
            assert "400" in shown["responses"]
        if operation.body is not None:
            assert {"400", "413", "415"} <= set(shown["responses"])
        assert operation.surface is surface_of(operation.rule)
        wanted = PROBLEM_TYPE if operation.surface is Surface.V1 else "application/json"
        for status, response in shown["responses"].items():
            assert {"X-Request-ID", "X-Amun-Version"} <= set(response["headers"])
            if int(status) >= 400:
                assert set(response["content"]) == {wanted}


def test_every_parameter_is_described():
    for operation in operations():
        names = set(re.findall("{([a-z_]+)}", operation.path))
        placed = {name for name, item in operation.parameters.items() if item["in"] == "path"}
        assert placed == names
        for parameter in operation.parameters.values():
            assert parameter["description"].endswith(".")
            assert parameter["required"] is (parameter["in"] == "path")
            # a query has no null: what is absent is not sent
            assert "anyOf" not in parameter["schema"]
            assert parameter["schema"].get("default", "") is not None


def test_bounds_and_patterns_of_parameters_are_documented():
    shown = {(found.method, found.path): found.parameters for found in operations()}
    listed = shown["GET", "/api/v1/inspections"]
    assert (listed["limit"]["schema"]["minimum"], listed["limit"]["schema"]["maximum"]) == (1, 200)
    assert listed["limit"]["schema"]["default"] == 50
    assert listed["state"]["schema"]["items"] == {"$ref": "#/components/schemas/InspectionState"}
    log = shown["GET", "/api/v1/inspections/{inspection_id}/log"]
    assert log["after"]["schema"]["maximum"] == 2**63 - 1
    assert log["inspection_id"]["schema"]["pattern"] == "^[A-Za-z0-9-]{6,128}$"
    key = shown["POST", "/api/v1/inspections"]["Idempotency-Key"]
    assert (key["in"], key["schema"]["pattern"]) == ("header", "^[!-~]+$")


def test_operation_ids_are_unique_and_links_lead_to_them():
    names = [operation.document["operationId"] for operation in operations()]
    assert len(set(names)) == len(names)
    found = [
        (link["operationId"], set(link["parameters"]))
        for operation in operations()
        for response in operation.document["responses"].values()
        for link in response.get("links", {}).values()
    ]
    parameters = {
        operation.document["operationId"]: set(operation.parameters) for operation in operations()
    }
    assert len(found) > 10
    for target, given in found:
        assert given <= parameters[target]


def test_every_reference_is_resolved():
    document = documented()
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert "Specification" in references


def test_no_two_models_share_a_name_and_no_word_of_their_schemas_is_lost():
    classes = {
        found
        for module in (
            models,
            comparison_models,
            summary_models,
            sweep_models,
            stack_models,
            compatibility_models,
        )
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, BaseModel) and found is not BaseModel
    }
    pairs = [(found, "serialization") for found in classes] + [
        (Specification, "validation"),
        (ComparisonRequest, "validation"),
        (SweepRequest, "validation"),
        (StackQuestion, "validation"),
    ]
    _, definitions = models_json_schema(pairs, ref_template="#/components/schemas/{model}")
    shown = documented()["components"]["schemas"]
    compared = 0
    for name, schema in definitions["$defs"].items():
        if name in shown:
            compared += 1
            schema.pop("title", None)
            assert {**shown[name], "title": None} == {**schema, "title": None}, name
    assert compared == len(shown)


def test_every_example_of_a_body_is_accepted(client):
    tried = 0
    for operation in operations():
        for name, example in (operation.body or {}).get("examples", {}).items():
            tried += 1
            answer = client.open(operation.path, method=operation.method, json=example["value"])
            assert answer.status_code in {200, 202}, (operation.path, name, answer.text)
    assert tried >= 4
