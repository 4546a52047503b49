"""The same answers from PostgreSQL, run as a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from amun_api.app import create_app
from amun_core.settings import Settings
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests.support.databases import postgresql_template
from tests.support.inspections import populate
from tests.support.postgresql import postgresql_server

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with postgresql_server() as server, postgresql_template(server) as url:
        yield url


@pytest.fixture(scope="module")
def ids(database_url: str) -> dict[str, str]:
    with GraphStore(database_url) as store:
        return populate(store)


@pytest.fixture
def client(database_url: str, ids: dict[str, str], tmp_path: Path) -> Iterator[FlaskClient]:
    with GraphStore(database_url) as store, GraphQueries(database_url) as queries:
        yield create_app(Settings(home=tmp_path), store, queries).test_client()


def test_every_part_of_every_inspection_is_shown(client, ids):
    for state, inspection_id in ids.items():
        own, old = f"/api/v1/inspections/{inspection_id}", f"/api/v1/inspect/{inspection_id}"
        assert client.get(own).json["state"] == state
        for part in ("specification", "log", "runs?samples=true", "results"):
            assert client.get(f"{own}/{part}").status_code == 200
        for part in ("status", "specification", "build/log", "job/batch-size"):
            assert client.get(f"{old}/{part}").status_code == 200
    results = client.get(f"/api/v1/inspections/{ids['succeeded']}/results").json
    assert results["summary"]["elapsed_interval"] == [0.0025, 0.003]
    assert client.get("/readyz").status_code == 200
    assert "amun_database_up 1.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    "query",
    [
        "state=failed",
        "label=team=red",
        "package=numpy",
        "host=bench-1",
        "indicator=matmul&framework=numpy",
        "limit=1",
    ],
)
def test_filters_find_something(client, query):
    assert client.get(f"/api/v1/inspections?{query}").json["inspections"]


def test_a_submission_is_stored_once_for_its_key(client):
    body = {"script": "print('\\u0000')", "labels": {"note": "Grüße ☃"}}
    headers = {"Idempotency-Key": "one"}
    first = client.post("/api/v1/inspections", json=body, headers=headers)
    again = client.post("/api/v1/inspections", json=body, headers=headers)
    assert (first.status_code, again.json["replayed"]) == (202, True)
    assert client.get(first.headers["Location"]).json["labels"] == {"note": "Grüße ☃"}
    other = client.post("/api/v1/inspections", json={**body, "runs": 9}, headers=headers)
    assert other.status_code == 409


@pytest.mark.parametrize(
    "body",
    [b'{"labels": {"a": "\\u0000"}}', b'{"script": "\\u0000"}', b'{"identifier": "\\u0000"}'],
)
def test_what_the_database_cannot_hold_is_refused_before(client, body):
    answer = client.post("/api/v1/inspections", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_odd_filters_and_ids_are_no_internal_errors(client):
    for query in ("package=%00", "host=%25", "label=%F0%9F%98%80", "indicator='", "cursor=%00"):
        assert client.get(f"/api/v1/inspections?{query}").status_code in {200, 400}
    for identity in ("%00%00%00%00%00%00", "999999", "inspection-"):
        assert client.get(f"/api/v1/inspections/{identity}").status_code in {400, 404}
