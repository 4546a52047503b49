"""The OpenAPI document."""

from __future__ import annotations

import json
import re

from amun_api.app import all_routes, documented
from amun_api.routes import PROBLEM_TYPE, Surface


def test_every_route_is_described_with_its_faults():
    document = documented()
    assert document["openapi"] == "3.1.0"
    for route in all_routes():
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["operationId"] == route.operation
        assert operation["summary"].endswith(".")
        assert {"401", "403", "503"} <= set(operation["responses"])
        if "{" in route.path:
            assert "404" in operation["responses"]
        if route.body is not None:
            assert {"400", "413", "415"} <= set(operation["responses"])
        wanted = PROBLEM_TYPE if route.surface is Surface.V1 else "application/json"
        assert set(operation["responses"]["403"]["content"]) == {wanted}


def test_operation_ids_are_unique_and_links_lead_to_them():
    document = documented()
    operations = [
        operation for methods in document["paths"].values() for operation in methods.values()
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    links = [
        (link["operationId"], set(link["parameters"]))
        for operation in operations
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    parameters = {
        operation["operationId"]: {item["name"] for item in operation["parameters"]}
        for operation in operations
    }
    assert len(links) > 10
    for target, given in links:
        assert given <= parameters[target]


def test_every_reference_is_resolved():
    document = documented()
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert "Specification" in references


def test_every_example_of_a_body_is_accepted(client):
    tried = 0
    for route in all_routes():
        if route.body is None:
            continue
        for name, example in route.body.examples.items():
            tried += 1
            answer = client.open(route.path, method=route.method, json=example)
            assert answer.status_code in {200, 202}, (route.path, name, answer.text)
    assert tried >= 4
