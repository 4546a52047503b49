"""Statistics over inspections, grouped by a label."""

from __future__ import annotations

import itertools
import json
import sqlite3
from statistics import median
from typing import Any

import pytest

from amun_api.v1 import summaries
from amun_api.v1.summary_models import Summaries
from amun_core.states import AttemptKind
from tests import factories

URL = "/api/v1/summaries"


def measured(store, size, rates, **labels):
    inspection_id = factories.queued(
        store, runs=len(rates), labels={"study.id": "s", "study.value": size, **labels}
    )
    store.finish_build(factories.claimed(store, inspection_id), factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    for index, rate in enumerate(rates):
        record = factories.run_record(index, rate_gflops=rate, elapsed_seconds=1 / rate)
        store.record_run(claim, record)
    store.finish_measure(claim)
    return inspection_id


def ask(client, **query):
    answer = client.get(URL, query_string=query)
    assert answer.status_code == 200, answer.json
    Summaries.model_validate(answer.json)
    return answer.json


def test_groups_come_in_the_order_of_their_numbers(client, store):
    for size in ("512", "64", "4096", "auto"):
        measured(store, size, [10.0])
    groups = ask(client, label="study.id=s", by="study.value")["groups"]
    assert [group["value"] for group in groups] == ["64", "512", "4096", "auto"]


def test_an_inspection_is_one_value_however_many_runs_it_has(client, store):
    rates = [[10.0, 30.0, 20.0], [40.0, 40.0, 40.0], [25.0], [26.0], [27.0], [28.0]]
    ids = [measured(store, "64", of_one) for of_one in rates]
    (group,) = ask(client, label="study.id=s", by="study.value")["groups"]
    assert [one["inspection_id"] for one in group["values"]] == ids
    assert [one["rate_gflops"] for one in group["values"]] == [median(one) for one in rates]
    assert [one["runs"] for one in group["values"]] == [3, 3, 1, 1, 1, 1]
    statistics = group["rate_gflops"]
    assert (statistics["n"], statistics["median"]) == (6, 26.5)
    assert statistics["median_interval"] == [20.0, 40.0]
    assert statistics["covm_interval"] is None
    assert "at least 17" in statistics["covm_interval_absent_because"]
    assert group["elapsed_s"]["median"] == pytest.approx(median([1 / 26, 1 / 27]))
    assert group["hosts"] == [factories.HOST]
    assert group["stacks"] == [factories.stack().digest]


def test_only_those_that_succeeded_have_a_say(client, store):
    measured(store, "64", [10.0])
    failed = factories.queued(store, labels={"study.id": "s", "study.value": "64"})
    store.fail(factories.claimed(store, failed), factories.failure())
    factories.queued(store, labels={"study.id": "s", "study.value": "64"})
    (group,) = ask(client, label="study.id=s", by="study.value")["groups"]
    assert group["inspections"] == {"failed": 1, "queued": 1, "succeeded": 1}
    assert group["rate_gflops"]["n"] == len(group["values"]) == 1


def test_a_group_without_values_says_why_it_has_no_statistics(client, store):
    factories.queued(store, labels={"study.id": "s", "study.value": "64"})
    (group,) = ask(client, label="study.id=s", by="study.value")["groups"]
    assert group["rate_gflops"]["n"] == 0
    assert group["rate_gflops"]["median"] is None
    assert group["rate_gflops"]["median_interval_absent_because"]


def test_without_a_label_everything_is_one_group(client, store):
    measured(store, "64", [10.0])
    measured(store, "128", [20.0])
    (group,) = ask(client)["groups"]
    assert group["value"] is None
    assert group["rate_gflops"]["median"] == 15.0


def test_nothing_found_is_no_fault(client):
    assert ask(client, label="study.id=other", by="study.value")["groups"] == []


@pytest.mark.parametrize("query", ["by=a%20b", "by=", "bye=study", "limit=3"])
def test_a_query_that_cannot_be_meant_is_refused(client, query):
    assert client.get(f"{URL}?{query}").status_code == 400


def test_too_many_are_refused_with_what_to_do(client, store, monkeypatch):
    monkeypatch.setattr(summaries, "MAXIMUM_INSPECTIONS", 1)
    for _ in range(2):
        measured(store, "64", [10.0])
    answer = client.get(URL)
    assert answer.status_code == 400
    assert "Narrow them" in answer.json["hint"]


#: What an earlier version let into its database.
OLD = [1e308, 1e-320, 1.7e308, 1e200, -1.0, 5e-324, 1e19, 1e-13]


def old(store, rates: list[float]) -> str:
    inspection_id = factories.queued(store, runs=len(rates), labels={"old": "yes"})
    store.finish_build(factories.claimed(store, inspection_id), factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    for index, rate in enumerate(rates):
        store.record_run(claim, factories.run_record(index, rate_gflops=rate, elapsed_seconds=0.5))
    store.finish_measure(claim)
    return inspection_id


def spoil(database_url: str, inspection_id: str, rate: float, elapsed: float) -> None:
    """Write as an earlier version did, past every check of this one."""
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "UPDATE runs SET rate_gflops = ?, elapsed_seconds = ? WHERE inspection_id = ?",
            (rate, elapsed, inspection_id),
        )


@pytest.fixture
def pages(client):
    def read(path: str, **query: Any) -> Any:
        answer = client.get(path, query_string=query)
        assert answer.status_code == 200, (path, answer.text[:300])
        return json.loads(answer.text, parse_constant=lambda name: pytest.fail(f"{path}: {name}"))

    return read


@pytest.mark.parametrize(("rate", "elapsed"), list(itertools.product(OLD[:4], OLD[:4])))
def test_every_page_answers(store, database_url, client, pages, rate, elapsed):
    ids = [old(store, [1.0] * 6) for _ in range(3)]
    for inspection_id in ids[:2]:
        spoil(database_url, inspection_id, rate, elapsed)
    (group,) = pages("/api/v1/summaries", label="old=yes")["groups"]
    assert group["inspections"] == {"succeeded": 3}
    assert (group["rate_gflops"]["n"], group["rate_gflops"]["median"]) == (1, 1.0)
    for inspection_id in ids:
        result = pages(f"/api/v1/inspections/{inspection_id}/results")
        expected = 1.0 if inspection_id == ids[2] else None
        assert result["summary"]["median_rate_gflops"] == expected
        pages(f"/api/v1/inspections/{inspection_id}")
    pages("/api/v1/inspections")
    pages("/api/v1/hosts")
    for a, b in itertools.permutations(ids, 2):
        request = {"a": {"inspection": a}, "b": {"inspection": b}}
        answer = client.post("/api/v1/comparisons", json=request)
        assert answer.status_code < 500, answer.text
        if answer.status_code < 300:
            pages(f"/api/v1/comparisons/{answer.json['id']}")
    pages("/api/v1/comparisons")


def test_nothing_of_the_kind_is_stored_any_more(store, database_url):
    for value in [*OLD, float("inf"), float("nan"), 10**400]:
        old(store, [value])
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT DISTINCT rate_gflops FROM runs").fetchall() == [(None,)]
