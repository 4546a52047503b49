"""A database in which an earlier version left numbers that can be none: every page still answers."""

from __future__ import annotations

import itertools
import json
import sqlite3
from typing import Any

import pytest

from amun_core.states import AttemptKind
from tests import factories

OLD = [1e308, 1e-320, 1.7e308, 1e200, -1.0, 5e-324, 1e19, 1e-13]


def measured(store, rates: list[float]) -> str:
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
    ids = [measured(store, [1.0] * 6) for _ in range(3)]
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
        measured(store, [value])
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT DISTINCT rate_gflops FROM runs").fetchall() == [(None,)]
