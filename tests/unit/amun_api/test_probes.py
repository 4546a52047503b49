"""Signs of life and counters."""

from __future__ import annotations

import pytest

from amun_core.errors import StorageError
from amun_core.settings import Settings
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/liveness", "/readiness"])
def test_a_healthy_service_says_so(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json["status"] in {"ok", "ready"}


def test_a_database_without_a_schema_is_not_ready_but_alive(tmp_path):
    from amun_api.app import create_app

    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    with GraphStore(url) as store, GraphQueries(url) as queries:
        client = create_app(Settings(home=tmp_path), store, queries).test_client()
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["code"]) == (503, "A400")
        assert "upgrade" in answer.json["hint"]
        answer = client.get("/readiness")
        assert answer.status_code == 503
        assert set(answer.json) == {"error", "parameters"}
        assert "amun_database_up 0.0" in client.get("/metrics").text


def test_metrics_count_inspections_outbox_and_requests(client, store, ids):
    client.get("/nothing/here")
    client.get(f"/api/v1/inspections/{ids['failed']}")
    text = client.get("/metrics").text
    assert "amun_database_up 1.0" in text
    for state in ids:
        assert f'amun_inspections{{state="{state}"}} 1.0' in text
    waiting = len(store.pending_outbox())
    assert waiting > 0
    assert f"amun_outbox_length {float(waiting)}" in text
    assert 'amun_http_requests_total{code="404",method="any",route="none"} 1.0' in text
    route = 'method="GET",route="/api/v1/inspections/<inspection_id>"'
    assert f'amun_http_requests_total{{code="200",{route}}} 1.0' in text
    assert f"amun_http_request_seconds_count{{{route}}} 1.0" in text


def test_a_database_that_fails_while_scraped_is_a_fact(client, monkeypatch, make_app, queries):
    def fail():
        raise StorageError("locked")

    monkeypatch.setattr(queries, "counts", fail)
    assert "amun_database_up 0.0" in make_app().test_client().get("/metrics").text
