"""What many inspections measured, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from amun_core.states import AttemptKind, InspectionState
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import InspectionFilter
from knowledge_graph.store import GraphStore
from tests import factories


def test_inspections_come_with_their_runs_and_the_value_of_a_label(
    store: GraphStore, queries: GraphQueries
) -> None:
    first = factories.succeeded(store, labels={"size": "64", "study": "a"}, runs=2)
    waiting = factories.queued(store, labels={"size": "64", "study": "a"})
    factories.succeeded(store, labels={"size": "64", "study": "b"})
    factories.succeeded(store, labels={"study": "a"})
    found = queries.run_values(InspectionFilter(labels={"study": "a"}), by="size", limit=10)
    assert [one.inspection_id for one in found] == [first, waiting]
    measured, empty = found
    assert (measured.group, measured.state) == ("64", InspectionState.SUCCEEDED)
    assert (measured.rates_gflops, measured.elapsed_seconds) == ((100.0, 100.0), (0.0025, 0.0025))
    assert (measured.runs, measured.disturbed_runs) == (2, 0)
    assert (measured.host_id, measured.stack_digest) == (factories.HOST, factories.stack().digest)
    assert (empty.runs, empty.rates_gflops, empty.state) == (0, (), InspectionState.QUEUED)


def test_without_a_label_all_are_read_and_the_limit_counts_inspections(
    store: GraphStore, queries: GraphQueries
) -> None:
    ids = [factories.succeeded(store, runs=2) for _ in range(3)]
    found = queries.run_values(InspectionFilter(), by=None, limit=2)
    assert [one.inspection_id for one in found] == ids[:2]
    assert [one.group for one in found] == [None, None]


@pytest.mark.parametrize(
    ("result", "unit"),
    [
        ({"rate": 5, "unit": "passes/s"}, "passes/s"),
        ({"rate": 5}, None),
        ({"rate": 5, "unit": None}, None),
        ({"rate": 5, "unit": 7}, None),
        ({"rate": 5, "unit": {"a": 1}}, None),
        ("no object", None),
    ],
)
def test_the_unit_of_a_rate_is_the_scripts_own(
    store: GraphStore, queries: GraphQueries, result: Any, unit: str | None
) -> None:
    factories.succeeded(store)
    script = factories.queued(store, indicator=None, framework=None)
    store.finish_build(factories.claimed(store, script), factories.built())
    claim = factories.claimed(store, script, AttemptKind.MEASURE)
    store.record_run(claim, factories.run_record(0, facts={"result": result}))
    found = queries.run_values(InspectionFilter(), by=None, limit=5)
    assert [one.rate_unit for one in found] == ["GFLOPS", unit]


@pytest.mark.parametrize("value", [1e308, 1e-320, -1.0, 1e200])
def test_a_number_that_can_be_none_is_stored_as_none(
    store: GraphStore, queries: GraphQueries, value: float
) -> None:
    inspection_id = factories.queued(store)
    store.finish_build(factories.claimed(store, inspection_id), factories.built())
    claim = factories.claimed(store, inspection_id, AttemptKind.MEASURE)
    record = factories.run_record(0, rate_gflops=value, elapsed_seconds=value)
    store.record_run(claim, record)
    (found,) = queries.run_values(InspectionFilter(), by=None, limit=5)
    assert (found.rates_gflops, found.elapsed_seconds, found.runs) == ((), (), 1)
