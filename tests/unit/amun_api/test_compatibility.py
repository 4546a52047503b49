"""The prior system's surface: same paths, codes, keys and words."""

from __future__ import annotations

import pytest

from amun_api import compatibility_models as models
from amun_api.version import VERSION
from tests import factories
from tests.support.inspections import DOCUMENT, PASSWORD, SECRET

SPECIFICATION = {
    "base": "registry.example/python:3.11",
    "script": "print(1)",
    "environment": [{"name": "API_KEY", "value": SECRET}],
}


def test_every_path_of_the_prior_system_is_there(client):
    assert set(client.get("/api/v1").json["paths"]) >= {
        "/api/v1",
        "/api/v1/version",
        "/api/v1/_debug/generate-dockerfile",
        "/api/v1/inspect",
        "/api/v1/inspect/<inspection_id>/status",
        "/api/v1/inspect/<inspection_id>/specification",
        "/api/v1/inspect/<inspection_id>/build/log",
        "/api/v1/inspect/<inspection_id>/job/batch-size",
        "/api/v1/inspect/<inspection_id>/job/<item>/result",
        "/api/v1/inspect/<inspection_id>/job/<item>/log",
    }


def test_every_answer_carries_the_version(client):
    for path in ("/", "/api/v1/version", "/readiness", "/api/v1/inspect/nothing/status"):
        assert client.get(path).headers["X-Amun-Version"] == VERSION


def test_the_version_is_told(client):
    assert client.get("/api/v1/version").json == {
        "version": VERSION,
        "service_version": VERSION,
        "parameters": {},
    }


def test_a_specification_is_answered_with_its_defaults_filled(client, queries):
    answer = client.post("/api/v1/inspect", json=SPECIFICATION)
    assert answer.status_code == 202
    assert answer.json == {
        "inspection_id": answer.json["inspection_id"],
        "parameters": {
            "base": "registry.example/python:3.11",
            "script": "print(1)",
            "batch_size": 1,
            "environment": [{"name": "API_KEY", "value": "***"}],
            "packages": [],
            "python_packages": [],
            "files": [],
            "build": {"requests": {}},
            "run": {"requests": {}},
            "update": False,
            "upgrade_pip": False,
            "send_messages": False,
            "force_sync": False,
        },
    }
    assert queries.inspection(answer.json["inspection_id"]).surface == "compatibility"


def test_a_base_is_required(client):
    answer = client.post("/api/v1/inspect", json={"script": "print(1)"})
    assert answer.status_code == 400
    assert "/base" in answer.json["error"]


@pytest.mark.parametrize(
    "python",
    [
        {"requirements": {"packages": {"flask": "*"}}},
        {"requirements_locked": {"default": {"flask": {"version": "==3.1.0"}}}},
        {"requirements": None},
        {},
    ],
)
def test_one_side_of_python_is_no_internal_error(client, python):
    answer = client.post("/api/v1/inspect", json={**SPECIFICATION, "python": python})
    assert answer.status_code in {202, 400}
    if answer.status_code == 400:
        assert set(answer.json) == {"error", "parameters"}


def test_pages_do_not_overlap_and_nothing_is_left_out(client, store):
    made = [factories.queued(store) for _ in range(7)]
    pages = [
        client.get(f"/api/v1/inspect?page={page}&limit=3").json["inspections"] for page in range(4)
    ]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [inspection for page in pages for inspection in page] == made[::-1]


def test_a_list_says_how_it_was_read(client):
    assert client.get("/api/v1/inspect?page=2").json == {
        "inspections": [],
        "parameters": {"page": 2, "limit": 100},
    }
    for query in ("page=-1", "limit=0", "limit=1001", "page=x", "pages=1"):
        assert client.get(f"/api/v1/inspect?{query}").status_code == 400


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("status", models.StatusAnswer),
        ("specification", models.SpecificationAnswer),
        ("build/log", models.TextLogAnswer),
        ("job/batch-size", models.BatchSizeAnswer),
    ],
)
def test_every_state_is_answered_in_the_published_form(client, ids, path, model):
    for inspection_id in ids.values():
        answer = client.get(f"/api/v1/inspect/{inspection_id}/{path}")
        assert answer.status_code == 200
        model.model_validate(answer.json)
        assert answer.json["parameters"] == {"inspection_id": inspection_id}


@pytest.mark.parametrize(("path", "key"), [("result", "result"), ("log", "log")])
def test_results_and_job_logs_are_the_same_object(client, ids, path, key):
    for item in range(6):
        answer = client.get(f"/api/v1/inspect/{ids['succeeded']}/job/{item}/{path}")
        assert answer.status_code == 200
        models.PublishedResult.model_validate(answer.json[key])
        assert answer.json["parameters"] == {"inspection_id": ids["succeeded"], "item": item}


@pytest.mark.parametrize("item", ["6", "-1", "x", "99999999999999999999", "0x0", "٠"])
def test_a_run_that_is_not_there_is_a_404(client, ids, item):
    answer = client.get(f"/api/v1/inspect/{ids['succeeded']}/job/{item}/result")
    assert answer.status_code == 404
    assert answer.json["parameters"] == {"inspection_id": ids["succeeded"], "item": item}


def test_the_build_log_is_text_without_the_runs(client, ids):
    log = client.get(f"/api/v1/inspect/{ids['succeeded']}/build/log").json["log"]
    assert log == "from https://***@index.example/simple\nnumpy 2.4.6\n"
    assert client.get(f"/api/v1/inspect/{ids['queued']}/build/log").json["log"] == ""


def test_the_specification_has_the_published_names_and_nothing_null(client, ids):
    answer = client.get(f"/api/v1/inspect/{ids['succeeded']}/specification").json
    specification = answer["specification"]
    assert specification["batch_size"] == 6
    assert "runs" not in specification
    assert specification["base"] == ""
    assert specification["labels"] == DOCUMENT["labels"]
    assert None not in specification.values()
    assert answer["created"].endswith("Z")


def test_no_secret_is_shown_anywhere(client, ids):
    client.post("/api/v1/inspect", json=SPECIFICATION)
    paths = [
        f"/api/v1/inspect/{ids['succeeded']}/{path}"
        for path in ("status", "specification", "build/log", "job/0/result")
    ] + [
        f"/api/v1/inspections/{ids['succeeded']}{path}"
        for path in ("", "/specification", "/plan", "/log", "/runs", "/results")
    ]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200
        assert SECRET not in answer.text, path
        assert PASSWORD not in answer.text, path


def test_a_cancelled_inspection_is_seen_on_both_surfaces(client, store):
    inspection_id = client.post("/api/v1/inspect", json=SPECIFICATION).json["inspection_id"]
    client.post(f"/api/v1/inspections/{inspection_id}/cancel")
    status = client.get(f"/api/v1/inspect/{inspection_id}/status").json["status"]
    assert status["workflow"]["phase"] == "Failed"
    assert status["build"]["state"] == "terminated"


def test_the_root_leads_to_the_readable_page(client):
    answer = client.get("/", follow_redirects=True)
    assert answer.request.path == "/openapi/"
    assert answer.mimetype == "text/html"
