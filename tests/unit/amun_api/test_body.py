"""Bodies: declared as JSON, bounded, one document."""

from __future__ import annotations

import io

import pytest

from amun_core.specification import MAXIMUM_BODY_BYTES

SUBMIT = ("/api/v1/inspections", "/api/v1/inspect", "/api/v1/_debug/generate-dockerfile")


@pytest.mark.parametrize("path", SUBMIT)
@pytest.mark.parametrize(
    "declared",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", None],
)
def test_a_body_must_be_declared_as_json(client, path, declared):
    answer = client.post(path, data=b"{}", content_type=declared)
    assert answer.status_code == 415


def test_json_with_a_charset_is_json(client):
    answer = client.post(
        "/api/v1/inspections", data=b"{}", content_type="application/json; charset=utf-8"
    )
    assert answer.status_code == 202


@pytest.mark.parametrize("path", SUBMIT)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b'{"runs": NaN}',
        b'{"runs": Infinity}',
        b'{"script": "\xff"}',
        b'{"script": "\\ud800"}',
        b"base: yaml",
        b"[" * 100_000,
    ],
)
def test_malformed_json_is_answered_with_400(client, path, body):
    answer = client.post(path, data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_malformed_body_is_told_where_it_breaks(client):
    answer = client.post(
        "/api/v1/inspections", data=b'{"runs": 1,}', content_type="application/json"
    )
    assert answer.json["code"] == "A701"
    assert "line 1 column 12" in answer.json["detail"]


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"true"])
def test_another_json_value_than_an_object_is_invalid(client, body):
    answer = client.post("/api/v1/inspections", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "")


def test_nul_is_refused_with_its_place_and_a_backslash_is_not_taken_for_it(client):
    answer = client.post(
        "/api/v1/inspections",
        data=b'{"labels": {"a/b": "x\\u0000"}}',
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert answer.json["errors"] == [
        {"pointer": "/labels/a~1b", "message": "holds the character U+0000", "hint": None}
    ]
    answer = client.post("/api/v1/inspections", json={"script": "print('\\u0000')"})
    assert answer.status_code == 202


@pytest.mark.parametrize("path", SUBMIT)
def test_a_body_beyond_the_bound_is_not_read(client, path):
    answer = client.post(
        path,
        data=b" " * 16,
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": str(MAXIMUM_BODY_BYTES + 1)},
    )
    assert answer.status_code == 413


def test_a_chunked_body_is_cut_off_at_the_bound(client):
    answer = client.post(
        "/api/v1/inspections",
        input_stream=io.BytesIO(b" " * (MAXIMUM_BODY_BYTES + 1)),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.json["code"]) == (413, "A705")


def test_a_chunked_body_within_the_bound_is_read_whole(client):
    body = b'{"labels": {"note": "' + b"x" * 200 + b'"}}'
    answer = client.post(
        "/api/v1/inspections",
        input_stream=io.BytesIO(body),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 202


def test_a_body_at_the_bound_is_read(client):
    body = b'{"runs": 1}'
    padded = body + b" " * (MAXIMUM_BODY_BYTES - len(body))
    answer = client.post("/api/v1/inspections", data=padded, content_type="application/json")
    assert answer.status_code == 202
