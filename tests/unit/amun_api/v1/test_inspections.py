"""Inspections: submit, list, show, cancel."""

from __future__ import annotations

import pytest

from amun_api.v1 import models
from amun_core.states import InspectionState
from tests import factories
from tests.support import sweeps

URL = "/api/v1/inspections"


def test_an_accepted_inspection_says_where_it_is(client):
    answer = client.post(URL, json={"script": "print(1)"})
    shown = models.AcceptedInspection.model_validate(answer.json)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"{URL}/{shown.id}"
    assert shown.url == f"http://localhost{URL}/{shown.id}"
    assert shown.state is InspectionState.ACCEPTED
    assert client.get(answer.headers["Location"]).json["id"] == shown.id


def test_every_state_is_shown_as_documented(client, ids):
    for state, inspection_id in ids.items():
        shown = models.Inspection.model_validate(client.get(f"{URL}/{inspection_id}").json)
        assert shown.state == state
        assert shown.id == inspection_id


def test_a_measured_inspection_in_full(client, ids):
    shown = client.get(f"{URL}/{ids['succeeded']}").json
    assert shown["indicator"]["parameters"]["matrix_size"] == 64
    assert shown["engine"] == {
        "requested": "auto",
        "chosen": "process",
        "why": "no base image is asked for",
    }
    assert shown["runs"] == {"requested": 6, "accepted": 6}
    assert shown["host"] == {"id": factories.HOST, "name": "bench-1"}
    assert shown["stack_digest"] == factories.stack().digest
    assert [attempt["kind"] for attempt in shown["attempts"]] == ["build", "measure"]
    assert {attempt["outcome"] for attempt in shown["attempts"]} == {"completed"}
    assert shown["labels"] == {"team": "red"}
    assert shown["warnings"] == [{"pointer": "/runs", "message": "an example"}]


def test_every_link_of_an_inspection_leads_somewhere(client, ids):
    links = client.get(f"{URL}/{ids['succeeded']}").json["links"]
    for name, path in links.items():
        answer = client.post(path) if name == "cancel" else client.get(path)
        assert answer.status_code == (409 if name == "cancel" else 200), name


def test_a_failure_is_told_with_its_reason(client, ids):
    failure = client.get(f"{URL}/{ids['failed']}").json["failure"]
    assert failure == {
        "reason": "build_failed",
        "attributed_to": "stack",
        "message": "gcc ended with 1",
        "hint": "See the log.",
        "last_lines": "x\ny",
    }


def test_a_crash_is_told_without_secrets_and_blames_nobody(client, store):
    claim = factories.claimed(store, factories.queued(store))
    message = "OSError: cannot reach https://user:secret@index.example/simple"
    store.crash(claim, message, maximum_attempts=2)
    path = f"{URL}/{claim.inspection_id}"
    waiting = client.get(path).json
    told = "OSError: cannot reach https://***@index.example/simple"
    assert (waiting["state"], waiting["crash_message"]) == ("queued", None)
    assert [attempt["crash_message"] for attempt in waiting["attempts"]] == [told]
    store.crash(factories.claimed(store, claim.inspection_id), message, maximum_attempts=2)
    crashed = client.get(path).json
    models.Inspection.model_validate(crashed)
    assert (crashed["state"], crashed["failure"], crashed["crash_message"]) == (
        "crashed",
        None,
        told,
    )
    assert client.get(URL).json["inspections"][0]["crash_message"] == told
    status = client.get(f"/api/v1/inspect/{claim.inspection_id}/status").json["status"]
    assert status["workflow"]["message"] == told


def test_only_a_crash_has_a_crash_message(client, ids):
    told = {state: client.get(f"{URL}/{one}").json["crash_message"] for state, one in ids.items()}
    assert {state for state, message in told.items() if message is not None} == {"crashed"}
    attempts = client.get(f"{URL}/{ids['failed']}").json["attempts"]
    assert [attempt["crash_message"] for attempt in attempts] == [None]


def test_a_unique_prefix_names_an_inspection(client, ids):
    inspection_id = ids["succeeded"]
    assert client.get(f"{URL}/{inspection_id[-8:-1]}").json["id"] == inspection_id
    answer = client.get(f"{URL}/inspec")
    assert answer.status_code == 400
    assert "more than one" in answer.json["detail"]


def test_an_unchanged_inspection_is_not_sent_again(client, store):
    inspection_id = factories.queued(store)
    first = client.get(f"{URL}/{inspection_id}")
    again = client.get(f"{URL}/{inspection_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    factories.claimed(store, inspection_id)
    changed = client.get(f"{URL}/{inspection_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert [attempt["number"] for attempt in changed.json["attempts"]] == [1]


def test_pages_follow_each_other_by_cursor_and_link(client, store):
    made = [factories.queued(store) for _ in range(5)]
    path, seen = f"{URL}?limit=2&state=queued", []
    while path:
        answer = client.get(path)
        page = models.InspectionList.model_validate(answer.json)
        seen += [inspection.id for inspection in page.inspections]
        link = answer.headers.get("Link")
        assert (link is None) == (page.next_cursor is None)
        path = link.removeprefix("<").partition(">")[0] if link else None
        factories.in_state(store, InspectionState.CANCELLED)  # what is new moves no page
    assert seen == made[::-1]


def test_a_cursor_of_somebody_else_is_refused(client):
    answer = client.get(f"{URL}?cursor=abc")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("state=failed", {"failed"}),
        ("state=failed,queued", {"failed", "queued"}),
        ("state=failed&state=queued", {"failed", "queued"}),
        ("label=team=red", {"succeeded"}),
        ("label=team", {"succeeded"}),
        ("label=team=blue", set()),
        ("package=NumPy", {"built", "running", "succeeded"}),
        ("package=numpy==2.4.6&state=succeeded", {"succeeded"}),
        ("package=numpy==1.0", set()),
        ("host=bench-1&state=built", {"built"}),
        ("indicator=matmul&framework=torch", set()),
        ("indicator=matmul&framework=numpy&state=crashed", {"crashed"}),
    ],
)
def test_filters_narrow_the_list(client, ids, query, states):
    page = client.get(f"{URL}?{query}").json
    assert {inspection["state"] for inspection in page["inspections"]} == states
    assert page["counts"] == dict.fromkeys(ids, 1)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "stat=failed", "state=done"])
def test_a_wrong_filter_is_refused(client, query):
    answer = client.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "A702")


@pytest.mark.parametrize(
    ("state", "status", "after"),
    [
        ("accepted", 202, "cancelled"),
        ("queued", 202, "cancelled"),
        ("building", 202, "building"),
        ("built", 202, "cancelled"),
        ("running", 202, "running"),
        ("cancelled", 202, "cancelled"),
        ("succeeded", 409, None),
        ("failed", 409, None),
        ("crashed", 409, None),
    ],
)
def test_cancel_ends_what_waits_and_asks_who_works(client, ids, state, status, after):
    answer = client.post(f"{URL}/{ids[state]}/cancel")
    assert answer.status_code == status
    if after is not None:
        assert answer.json == {"id": ids[state], "state": after, "cancel_requested": True}
        models.CancelAnswer.model_validate(answer.json)


def test_cancel_takes_no_form(client, ids):
    answer = client.post(f"{URL}/{ids['queued']}/cancel", data={"a": "b"})
    assert answer.status_code == 415


def test_a_list_with_figures(client, store):
    """Medians of runs, parameters and packages; without being asked for them, none."""
    request = {"common": {"indicator": {"name": "matmul", "framework": "numpy",
                                        "parameters": {"matrix_size": 64}}},
               "members": [{"lock": {"format": "requirements.txt", "content": "numpy==2.4.6\n"}},
                           {"lock": {"format": "requirements.txt", "content": "numpy==2.4.5\n"}}],
               "seed": 3}  # fmt: skip
    sweep_id = client.post("/api/v1/sweeps", json=request).json["id"]
    sweeps.build(store)
    sweeps.measure(store, sweep_id, seconds=lambda run: 0.002 * (1 + run.member))
    listed = client.get("/api/v1/inspections?figures=true").json
    models.InspectionList.model_validate(listed)
    assert sorted(one["figures"]["median_s"] for one in listed["inspections"]) == [
        pytest.approx(0.002),
        pytest.approx(0.004),
    ]
    for one in listed["inspections"]:
        assert one["figures"]["parameters"]["matrix_size"] == 64
        assert one["figures"]["rate_unit"] == "GFLOPS"
        assert isinstance(one["figures"]["packages"], dict)
    assert "figures" not in client.get("/api/v1/inspections").json["inspections"][0]
