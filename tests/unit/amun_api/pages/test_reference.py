"""Pages for people: complete, and without an outside address."""

from __future__ import annotations

import re

import pytest

from amun_api.app import documented
from amun_api.errors import DOCUMENTED_ERRORS
from amun_api.pages.reference import type_words
from tests.support.operations import operations

PAGES = ("/openapi/", "/openapi", "/openapi/problems", "/api/v1/ui")


@pytest.mark.parametrize("path", [*PAGES, "/openapi/style.css"])
def test_pages_need_no_outside_address_and_no_script(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    linked = re.findall(r'(?:href|src)="([^"]+)"|url\(([^)]+)\)', answer.text)
    for target in (first or second for first, second in linked):
        assert target.startswith(("/", "#")), target


def test_the_readable_page_names_every_operation(client):
    page = client.get("/openapi/").text
    for operation in operations():
        assert f'id="{operation.document["operationId"]}"' in page
        assert operation.path in page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_the_document_is_served(client):
    assert client.get("/openapi/openapi.json").json == documented()


def test_the_type_of_a_problem_leads_to_its_row(client):
    page = client.get("/openapi/problems").text
    for kind in DOCUMENTED_ERRORS:
        assert f'<tr id="{kind.code}">' in page
    problem = client.get("/nothing").json
    path, _, anchor = problem["type"].partition("#")
    assert f'id="{anchor}"' in client.get(path).text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/components/schemas/X"}, "X"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": {"type": "integer"}}, "array of integer"),
        ({"enum": ["a", "b"]}, "one of a, b"),
        ({"const": "x"}, '"x"'),
        ({}, "any"),
        (True, "any"),
    ],
)
def test_schemas_are_told_in_words(schema, words):
    assert type_words(schema) == words
