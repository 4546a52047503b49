"""Runs, samples, log, nodes and edges, on both databases."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from amun_core.errors import InvalidInputError, StaleClaimError
from amun_core.states import FailureReason, RunState
from knowledge_graph import recording
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import execute


def test_a_run_comes_back_as_it_was_stored(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store)
    stored = factories.run_record(
        1,
        seconds=(0.1, 1 / 3, 2.5e-9),
        disturbed=("load was 3.1",),
        failure=factories.failure(FailureReason.WRONG_RESULT),
        first_sample_at=datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
    )
    assert store.record_run(claim, stored)
    found = queries.run(claim.inspection_id, 1)
    assert tuple(found.seconds) == (0.1, 1 / 3, 2.5e-9)
    for name in set(stored.__slots__) - {"seconds"}:
        assert getattr(found, name) == getattr(stored, name), name


def test_the_first_accepted_run_of_an_index_stays(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store)
    assert store.record_run(claim, factories.run_record(0, rate_gflops=1.0)) is True
    assert store.record_run(claim, factories.run_record(0, rate_gflops=2.0)) is False
    [run] = queries.runs(claim.inspection_id)
    assert run.rate_gflops == 1.0
    assert queries.inspection(claim.inspection_id).runs_accepted == 1


def test_runs_are_listed_accepted_first(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store)
    store.record_run(
        claim, factories.run_record(0, accepted=False, state=RunState.FAILED, seconds=())
    )
    store.record_run(claim, factories.run_record(1))
    store.record_run(claim, factories.run_record(0))
    found = queries.runs(claim.inspection_id, samples=False)
    assert [(run.run_index, run.accepted) for run in found] == [
        (0, True),
        (1, True),
        (0, False),
    ]
    assert {tuple(run.seconds) for run in found} == {()}
    assert [run.warmups for run in found] == [1, 1, 1]


def test_the_times_of_accepted_runs_are_read_alone(
    store: GraphStore, queries: GraphQueries
) -> None:
    claim = factories.measuring(store, runs=3)
    store.record_run(claim, factories.run_record(1, elapsed_seconds=2.5))
    store.record_run(claim, factories.run_record(2, accepted=False, state=RunState.FAILED))
    store.record_run(claim, factories.run_record(0, elapsed_seconds=None))
    whole = [
        (run.ended_at - run.started_at).total_seconds() for run in queries.runs(claim.inspection_id)
    ]
    assert queries.run_times(claim.inspection_id) == ((None, whole[0]), (2.5, whole[1]))


def test_an_index_that_was_not_asked_for_is_refused(store: GraphStore) -> None:
    claim = factories.measuring(store, runs=2)
    with pytest.raises(InvalidInputError, match="none of index 2"):
        store.record_run(claim, factories.run_record(2))


def test_an_inspection_grows_while_it_is_measured(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store, runs=2)
    assert store.extend_runs(claim, 4) == 4
    assert queries.inspection(claim.inspection_id).runs == 4
    assert store.record_run(claim, factories.run_record(3))
    with pytest.raises(InvalidInputError, match="has 4 runs, none of index 4"):
        store.record_run(claim, factories.run_record(4))


def test_an_inspection_never_shrinks(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store, runs=6)
    assert store.extend_runs(claim, 4) == 6
    assert queries.inspection(claim.inspection_id).runs == 6


def test_only_the_holder_lets_an_inspection_grow(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store, runs=2)
    store.release(claim)
    with pytest.raises(StaleClaimError):
        store.extend_runs(claim, 4)
    assert queries.inspection(claim.inspection_id).runs == 2


def test_ten_thousand_samples_are_exact_and_small(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    generator = random.Random(3)
    seconds = [generator.lognormvariate(-6, 0.02) for _ in range(10_000)]
    claim = factories.measuring(store)
    store.record_run(claim, factories.run_record(0, seconds=seconds))
    [(size, count)] = execute(database_url, "SELECT length(seconds), count FROM samples")
    assert count == 10_000
    assert size <= 100_000
    assert list(queries.run(claim.inspection_id, 0).seconds) == seconds


def test_what_a_database_refuses_is_replaced(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store)
    store.record_run(
        claim,
        factories.run_record(
            0,
            stdout="a\x00b",
            stderr="\ud800",
            facts={"rate": float("nan"), "text": "c\x00d", "nested": [float("inf"), {"x": 1.5}]},
        ),
    )
    run = queries.run(claim.inspection_id, 0)
    assert run.stdout == "a\N{REPLACEMENT CHARACTER}b"
    assert run.stderr == "?"
    assert run.facts == {"rate": None, "text": "c\x00d", "nested": [None, {"x": 1.5}]}


def test_results_carry_their_keys(store: GraphStore, database_url: str) -> None:
    claim = factories.measuring(store)
    store.record_run(claim, factories.run_record(0))
    store.record_run(
        claim,
        factories.run_record(1, document={"@parameters": {"matrix_size": 64}, "@result": {}}),
    )
    rows = execute(
        database_url,
        "SELECT indicator, framework, framework_version, stack_digest, host_id,"
        " environment_id IS NOT NULL, parameters_digest FROM runs ORDER BY run_index",
    )
    for row in rows:
        assert row[:5] == ("matmul", "numpy", "2.4.6", "amun-stack-1:00", factories.HOST)
        assert row[5]
    assert rows[0][6] != rows[1][6]


def test_log_chunks_have_growing_offsets(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.claimed(store, factories.queued(store))
    store.append_log(claim, "build", "grün\n")
    store.append_log(claim, "build", "")
    store.append_log(claim, "install", "numpy\n")
    chunks = queries.log(claim.inspection_id)
    assert [(chunk["offset"], chunk["section"], chunk["text"]) for chunk in chunks] == [
        (6, "build", "grün\n"),
        (12, "install", "numpy\n"),
    ]
    assert chunks[0]["at"].tzinfo is not None
    assert [chunk["offset"] for chunk in queries.log(claim.inspection_id, after=6)] == [12]
    assert [chunk["offset"] for chunk in queries.log(claim.inspection_id, limit=1)] == [6]
    assert queries.log(claim.inspection_id, after=12) == ()


def test_the_log_goes_on_in_the_next_attempt(store: GraphStore, queries: GraphQueries) -> None:
    inspection_id = factories.queued(store)
    first = factories.claimed(store, inspection_id)
    store.append_log(first, "build", "one")
    store.release(first)
    store.append_log(factories.claimed(store, inspection_id), "build", "two")
    assert [chunk["text"] for chunk in queries.log(inspection_id)] == ["one", "two"]


def test_a_long_log_is_cut_once(
    store: GraphStore, queries: GraphQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAXIMUM_LOG_BYTES", 10)
    claim = factories.claimed(store, factories.queued(store))
    store.append_log(claim, "build", "12345678")
    store.append_log(claim, "build", "9ü")
    store.append_log(claim, "build", "never seen")
    assert [chunk["text"] for chunk in queries.log(claim.inspection_id)] == [
        "12345678",
        "9",
        "\nlog truncated: it reached 10 bytes\n",
    ]


def test_a_log_that_just_fits_is_not_cut(
    store: GraphStore, queries: GraphQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAXIMUM_LOG_BYTES", 10)
    claim = factories.claimed(store, factories.queued(store))
    store.append_log(claim, "build", "123456789")
    assert [chunk["text"] for chunk in queries.log(claim.inspection_id)] == ["123456789"]
    store.append_log(claim, "build", "0")
    assert [chunk["text"] for chunk in queries.log(claim.inspection_id)] == [
        "123456789",
        "0",
        "\nlog truncated: it reached 10 bytes\n",
    ]


def test_nodes_are_added_once(store: GraphStore, database_url: str) -> None:
    first = factories.built()
    second = factories.built(
        stack=factories.stack(
            digest="amun-stack-1:01",
            packages=(("numpy", "2.4.6", "sha256:0a"), ("numpy-extra", "1", "sha256:0b")),
        ),
        environment_key="amun-environment-1:01",
    )
    for record in (first, second, first):
        store.finish_build(factories.claimed(store, factories.queued(store)), record)
    counts = {
        table: execute(database_url, f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
        for table in (
            "packages",
            "package_versions",
            "artifacts",
            "software_stacks",
            "stack_members",
            "base_images",
            "runtime_environments",
            "hosts",
        )
    }
    assert counts == {
        "packages": 3,
        "package_versions": 3,
        "artifacts": 2,
        "software_stacks": 2,
        "stack_members": 4,
        "base_images": 1,
        "runtime_environments": 2,
        "hosts": 1,
    }


def test_a_build_attempt_says_what_it_made(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.claimed(store, factories.queued(store))
    store.finish_build(claim, factories.built(build_seconds=3.25, reused=True))
    [attempt] = queries.attempts(claim.inspection_id)
    assert (attempt.build_seconds, attempt.reused, attempt.host_id) == (
        3.25,
        True,
        factories.HOST,
    )


def test_a_stack_of_no_packages(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.claimed(store, factories.queued(store))
    empty = factories.stack(digest="amun-stack-1:ee", packages=())
    store.finish_build(claim, factories.built(stack=empty))
    assert queries.inspection(claim.inspection_id).stack_digest == "amun-stack-1:ee"
