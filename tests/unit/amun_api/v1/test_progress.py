"""Specification, plan, log, runs and results of an inspection."""

from __future__ import annotations

import pytest

from amun_api.v1 import models
from amun_core.plan import Plan
from amun_core.result import InspectionResult
from amun_core.specification import Specification
from tests import factories

URL = "/api/v1/inspections"


def test_the_specification_is_shown_with_its_values_hidden(client, ids):
    shown = client.get(f"{URL}/{ids['succeeded']}/specification").json
    Specification.model_validate_json(client.get(f"{URL}/{ids['succeeded']}/specification").data)
    assert shown["environment"] == [{"name": "API_KEY", "value": "***"}]
    sources = shown["python"]["requirements_locked"]["_meta"]["sources"]
    assert sources[0]["url"] == "https://***@index.example/simple"


def test_the_plan_is_shown_with_its_values_hidden(client, ids):
    shown = client.get(f"{URL}/{ids['succeeded']}/plan")
    Plan.model_validate_json(shown.data)
    assert ["API_KEY", "***"] in shown.json["build"]["environment"]
    assert shown.json["build"]["sources"][0]["url"] == "https://***@index.example/simple"


def test_a_plan_that_is_not_made_yet_is_a_404(client, ids):
    answer = client.get(f"{URL}/{ids['queued']}/plan")
    assert (answer.status_code, answer.json["code"]) == (404, "A200")


def test_the_log_is_followed_by_offset(client, store):
    claim = factories.claimed(store, factories.queued(store))
    path = f"{URL}/{claim.inspection_id}/log"
    assert client.get(path).json == {"chunks": [], "next_after": 0}
    store.append_log(claim, "resolve", "one\n")
    first = models.LogPage.model_validate(client.get(path).json)
    store.append_log(claim, "install", "two\n")
    second = models.LogPage.model_validate(client.get(f"{path}?after={first.next_after}").json)
    assert [chunk.text for chunk in first.chunks] == ["one\n"]
    assert [(chunk.section, chunk.text) for chunk in second.chunks] == [("install", "two\n")]
    assert client.get(f"{path}?after={second.next_after}").json["chunks"] == []
    limited = client.get(f"{path}?limit=1").json
    assert (len(limited["chunks"]), limited["next_after"]) == (1, first.next_after)


def test_the_log_is_plain_text_where_that_is_asked_for(client, ids):
    path = f"{URL}/{ids['succeeded']}/log"
    answer = client.get(path, headers={"Accept": "text/plain"})
    assert answer.mimetype == "text/plain"
    assert answer.text == "from https://***@index.example/simple\nnumpy 2.4.6\nstarted\n"
    assert int(answer.headers["Amun-Next-After"]) == client.get(path).json["next_after"]
    for accepted in ("*/*", "application/json", "text/html"):
        assert client.get(path, headers={"Accept": accepted}).mimetype == "application/json"


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=9223372036854775808", "limit=0"])
def test_a_wrong_place_in_the_log_is_refused(client, ids, query):
    assert client.get(f"{URL}/{ids['succeeded']}/log?{query}").status_code == 400


def test_runs_are_shown_with_samples_where_asked_for(client, ids):
    path = f"{URL}/{ids['succeeded']}/runs"
    short = models.RunList.model_validate(client.get(path).json)
    full = models.RunList.model_validate(client.get(f"{path}?samples=true").json)
    assert [(run.index, run.accepted) for run in short.runs] == [
        *((index, True) for index in range(6)),
        (0, False),
    ]
    assert {run.seconds for run in short.runs if run.seconds} == set()
    assert full.runs[0].seconds == [0.004, 0.003, 0.0025]
    assert (short.runs[0].iterations, short.runs[0].warmups) == (3, 1)
    assert short.runs[6].iterations is None
    assert short.runs[6].failure.reason == "build_failed"
    assert "seconds" not in client.get(path).json["runs"][0]


def test_results_sum_the_accepted_runs_up(client, ids):
    shown = InspectionResult.model_validate_json(
        client.get(f"{URL}/{ids['succeeded']}/results").data
    )
    assert [(run.index, run.accepted) for run in shown.runs] == [
        *((index, True) for index in range(6)),
        (0, False),
    ]
    assert shown.summary.runs == 6
    assert shown.summary.median_elapsed_s == pytest.approx(0.00275)
    assert shown.summary.elapsed_interval == (0.0025, 0.003)
    assert shown.summary.interval_absent_because is None
    assert shown.stack.digest == factories.stack().digest
    assert [(package.name, package.version) for package in shown.stack.packages] == [
        ("numpy", "2.4.6"),
        ("threadpoolctl", "3.6.0"),  # installed, though the lock asks for numpy alone
    ]
    assert shown.environment.python_version == "3.11.2"
    assert shown.host.name == "bench-1"
    assert shown.engine.chosen == "process"


def test_results_of_an_inspection_without_runs_are_empty(client, ids):
    for state in ("accepted", "queued", "building", "failed"):
        shown = InspectionResult.model_validate_json(client.get(f"{URL}/{ids[state]}/results").data)
        assert (shown.runs, shown.summary, shown.stack) == ((), None, None)
