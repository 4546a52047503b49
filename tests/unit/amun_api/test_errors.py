"""One error shape on every route of each surface."""

from __future__ import annotations

import pytest

from amun_api import errors
from amun_api.errors import RequestError, status_of, surface_of
from amun_api.surfaces import PROBLEM_TYPE, Surface
from amun_api.v1.models import Problem
from amun_core.errors import AmunError, EngineError, StorageError
from tests.support.operations import operations

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Everything that is not in the OpenAPI document: pages for people and the document itself.
PAGES = {
    "/openapi",
    "/openapi/openapi.json",
    "/openapi/problems",
    "/openapi/style.css",
    "/api/v1/ui",
}


def check_shape(answer, path):
    if surface_of(path) is Surface.COMPATIBILITY:
        assert answer.mimetype == "application/json"
        assert set(answer.json) == {"error", "parameters"}
        assert isinstance(answer.json["error"], str)
        assert isinstance(answer.json["parameters"], dict)
    else:
        assert answer.mimetype == PROBLEM_TYPE
        problem = Problem.model_validate(answer.json)
        assert problem.status == answer.status_code
        assert problem.request_id == answer.headers["X-Request-ID"]
        assert problem.type == f"/openapi/problems#{problem.code}"
        assert problem.detail


def filled(rule: str) -> str:
    return (
        rule.replace("<inspection_id>", "inspection-00000000")
        .replace("<item>", "0")
        .replace("<name>", "nothing")
    )


@pytest.fixture
def rules(make_app):
    return sorted({rule.rule for rule in make_app().url_map.iter_rules()})


def test_every_rule_is_documented_or_a_page(rules):
    assert {operation.rule for operation in operations()} | PAGES == set(rules)


def test_every_route_answers_a_wrong_method_in_its_shape(client, rules):
    for rule in rules:
        path = filled(rule)
        allowed = client.options(path).headers["Allow"].replace(" ", "").split(",")
        for method in set(ALL_METHODS) - set(allowed):
            answer = client.open(path, method=method, json={})
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["Allow"].replace(" ", "").split(",")) == set(allowed)
            check_shape(answer, path)


def test_every_route_with_an_identity_answers_404_in_its_shape(client):
    tried = 0
    for operation in operations():
        if "<" not in operation.rule:
            continue
        tried += 1
        path = filled(operation.rule)
        answer = client.open(path, method=operation.method)
        assert answer.status_code == 404, path
        check_shape(answer, path)
    assert tried == 25


@pytest.mark.parametrize(
    "identity", ["x", "inspection/..", "a b c d e f", "%00%00%00%00%00%00", "é" * 6, "x" * 129]
)
def test_what_cannot_be_an_id_is_a_404(client, identity):
    for path in (f"/api/v1/inspections/{identity}/log", f"/api/v1/inspect/{identity}/status"):
        answer = client.get(path)
        assert answer.status_code == 404
        check_shape(answer, path)


def test_every_route_with_a_body_answers_a_bad_one_in_its_shape(client):
    tried = 0
    for operation in operations():
        if operation.body is None:
            continue
        tried += 1
        path = filled(operation.rule)
        for body, declared, status in (
            (b"{", "application/json", 400),
            (b"{}", "text/plain", 415),
            (b'{"packages": 7}', "application/json", 422),
        ):
            answer = client.open(path, method=operation.method, data=body, content_type=declared)
            compatible = operation.surface is Surface.COMPATIBILITY
            assert answer.status_code == (400 if status == 422 and compatible else status)
            check_shape(answer, path)
    assert tried == 14


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api/v2/inspections",
        "/api/v1/inspections//log",
        "/api/v1/inspect/x/nothing",
        "/api/v1/_debug/x",
    ],
)
def test_an_unknown_path_answers_in_the_shape_of_its_surface(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    check_shape(answer, path)


def test_a_fault_of_ours_says_nothing_of_its_cause(client, monkeypatch, queries):
    def fail(*_args, **_kwargs):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(queries, "inspection", fail)
    for path in ("/api/v1/inspections/inspection-00000000", "/api/v1/inspect/abcdef/status"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "hunter2" not in answer.text
        check_shape(answer, path)


def test_a_database_that_takes_nothing_is_a_503_with_a_time_to_wait(client, monkeypatch, store):
    def locked(*_args, **_kwargs):
        raise StorageError("the database is locked by another program", hint="End it.")

    monkeypatch.setattr(store, "create_inspection", locked)
    for path in ("/api/v1/inspections", "/api/v1/inspect"):
        answer = client.post(path, json={"base": "b", "script": "print(1)"})
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "locked by another program" in answer.text
        check_shape(answer, path)


def test_credentials_in_messages_are_hidden(client, monkeypatch, queries):
    def fail(*_args, **_kwargs):
        raise StorageError("cannot reach https://user:secret@index.example/simple")

    monkeypatch.setattr(queries, "inspection", fail)
    for path in ("/api/v1/inspections/inspection-00000000", "/api/v1/inspect/abcdef/status"):
        assert "secret" not in client.get(path).text


def test_every_documented_error_has_its_own_code_and_meaning():
    codes = [kind.code for kind in errors.DOCUMENTED_ERRORS]
    assert len(set(codes)) == len(codes)
    assert all(errors.summary_of(kind).endswith(".") for kind in errors.DOCUMENTED_ERRORS)
    declared = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, RequestError)
    }
    assert declared <= set(errors.DOCUMENTED_ERRORS)


def test_an_error_nobody_mapped_is_ours():
    assert status_of(EngineError("x")) == 500
    assert status_of(AmunError("x")) == 500
