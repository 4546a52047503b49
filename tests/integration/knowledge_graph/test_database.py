"""The schema: made, upgraded in place with its data, by one process at a time, on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from amun_core.errors import StorageError
from amun_core.states import InspectionState
from knowledge_graph import database
from knowledge_graph.connections import parse_url
from knowledge_graph.models import Inspection
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import execute


@contextmanager
def connected(database_url: str) -> Iterator[Connection]:
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def test_an_empty_database_gets_the_newest_schema(empty_database_url: str) -> None:
    assert database.current(empty_database_url) is None
    with pytest.raises(StorageError, match="schema none"):
        database.check(empty_database_url)
    assert database.upgrade(empty_database_url) == database.head()
    assert database.current(empty_database_url) == database.head()
    database.check(empty_database_url)
    assert database.upgrade(empty_database_url) == database.head()


def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    with connected(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Inspection.metadata) == []


def test_an_old_database_is_upgraded_in_place_with_its_data(empty_database_url: str) -> None:
    assert database.upgrade(empty_database_url, "0001") == "0001"
    with GraphStore(empty_database_url) as store:
        measured = factories.succeeded(store, labels={"team": "a"})
        claim = factories.measuring(store)
        store.append_log(claim, "run", "half-way")
    with GraphQueries(empty_database_url) as queries, pytest.raises(StorageError):
        queries.service_beats()
    tables = ("inspections", "inspection_events", "runs", "samples", "log_chunks", "labels")
    statements = [f"SELECT * FROM {table} ORDER BY 1, 2" for table in tables]  # noqa: S608
    before = [execute(empty_database_url, statement) for statement in statements]

    assert database.upgrade(empty_database_url) == database.head()

    assert [execute(empty_database_url, statement) for statement in statements] == before
    with GraphStore(empty_database_url) as store, GraphQueries(empty_database_url) as queries:
        queries.ready()
        assert list(queries.run(measured, 0).seconds) == [0.004, 0.003, 0.0025]
        store.service_beat("reaper", {})
        assert [beat["name"] for beat in queries.service_beats()] == ["reaper"]
        assert store.acquire_host_lease(factories.HOST, "m", 60)
        for index in range(2):
            store.record_run(claim, factories.run_record(index))
        store.finish_measure(claim)
        assert queries.inspection(claim.inspection_id).state is InspectionState.SUCCEEDED


def test_upgrades_at_once_do_not_meet(empty_database_url: str) -> None:
    program = (
        "import sys; from knowledge_graph import database; print(database.upgrade(sys.argv[1]))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_database_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    ended = [(process.communicate(timeout=120), process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * 3, ended
    assert {output.strip() for (output, _), _ in ended} == {database.head()}
    database.check(empty_database_url)


def test_a_schema_of_a_newer_program_is_refused(database_url: str) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="schema 9999, made by a newer version"):
        database.upgrade(database_url)
    assert database.current(database_url) == "9999"


def test_an_upgrade_that_fails_leaves_nothing_half_made(empty_database_url: str) -> None:
    database.upgrade(empty_database_url, "0001")
    execute(empty_database_url, "CREATE TABLE service_beats (name integer)")
    with pytest.raises(StorageError):
        database.upgrade(empty_database_url)
    assert database.current(empty_database_url) == "0001"
    with pytest.raises(Exception, match="host_leases"):
        execute(empty_database_url, "SELECT * FROM host_leases")
    execute(empty_database_url, "DROP TABLE service_beats")
    assert database.upgrade(empty_database_url) == database.head()


def test_the_schema_names_no_json_that_sqlite_cannot_read(
    store: GraphStore, database_url: str
) -> None:
    inspection_id = store.create_inspection(
        factories.new_inspection(labels={"clé": "\u2713"})
    ).inspection_id
    [(labels,)] = execute(
        database_url,
        "SELECT CAST(labels AS text) FROM inspections WHERE id = :id",
        id=inspection_id,
    )
    assert json.loads(labels) == {"clé": "\u2713"}
