"""What holds for every answer."""

from __future__ import annotations

import pytest

from amun_api.app import SECURITY_HEADERS


@pytest.mark.parametrize("path", ["/healthz", "/openapi/", "/nothing", "/api/v1/inspections"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    for name, value in SECURITY_HEADERS.items():
        assert headers.getlist(name) == [value]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("offered", ["", "a b", "x" * 65, "<b>", "né"])
def test_a_request_id_of_no_use_is_replaced(client, offered):
    given = client.get("/healthz", headers={"X-Request-ID": offered}).headers["X-Request-ID"]
    assert given != offered
    assert len(given) == 16


def test_a_request_id_is_kept_and_logged(client, logged):
    answer = client.get("/healthz?token=hunter2", headers={"X-Request-ID": "ci-42.a_b"})
    assert answer.headers["X-Request-ID"] == "ci-42.a_b"
    assert len(logged) == 1
    line = logged[0]
    assert (line["action"], line["request_id"], line["status"]) == ("request", "ci-42.a_b", 200)
    assert "hunter2" not in repr(line)


def test_answers_are_not_kept_by_caches(client, ids):
    assert client.get("/api/v1/inspections").headers["Cache-Control"] == "no-store"
    one = client.get(f"/api/v1/inspections/{ids['queued']}")
    assert one.headers["Cache-Control"] == "no-cache"


def test_a_trailing_slash_is_no_other_path(client):
    assert client.get("/api/v1/inspections/").status_code == 200
    assert client.get("/api/v1/inspect/").status_code == 200
