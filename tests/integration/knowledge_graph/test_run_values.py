"""What many inspections measured, on both databases."""

from __future__ import annotations

from amun_core.states import InspectionState
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
