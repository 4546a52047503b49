"""The schema: made, upgraded in place with its data, by one process at a time, on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, insert, inspect, select
from sqlalchemy.pool import NullPool

from amun_core.errors import StorageError
from amun_core.states import InspectionState
from knowledge_graph import database
from knowledge_graph.connections import parse_url
from knowledge_graph.models import Inspection
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import execute, sqlite_url


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


def copy_into_old(new_url: str, old_url: str) -> None:
    """Every row of a database of today into an older schema, as far as that has its columns."""
    with connected(new_url) as new, connected(old_url) as old, old.begin():
        there = inspect(old)
        for table in Inspection.metadata.sorted_tables:
            if not there.has_table(table.name):
                continue
            names = {column["name"] for column in there.get_columns(table.name)}
            columns = [column for column in table.c if column.name in names]
            rows = [dict(row) for row in new.execute(select(*columns)).mappings()]
            if rows:
                old.execute(insert(table), rows)
            number = next((c.name for c in table.primary_key if c.type.python_type is int), None)
            if rows and number and old.dialect.name == "postgresql":
                highest = f"SELECT max({number}) FROM {table.name}"  # noqa: S608
                name = f"pg_get_serial_sequence('{table.name}', '{number}')"
                old.exec_driver_sql(f"SELECT setval({name}, ({highest})) WHERE {name} IS NOT NULL")


def test_an_old_database_is_upgraded_in_place_with_its_data(
    empty_database_url: str, tmp_path: Path
) -> None:
    assert database.upgrade(empty_database_url, "0001") == "0001"
    today = sqlite_url(tmp_path / "today.sqlite")
    database.upgrade(today)
    with GraphStore(today) as store:
        measured = factories.succeeded(store, labels={"team": "a"})
        claim = factories.measuring(store)
        store.append_log(claim, "run", "half-way")
    copy_into_old(today, empty_database_url)
    with GraphQueries(empty_database_url) as queries, pytest.raises(StorageError):
        queries.service_beats()
    tables = ("inspection_events", "runs", "samples", "log_chunks", "labels")
    statements = [f"SELECT * FROM {table} ORDER BY 1, 2" for table in tables]  # noqa: S608
    statements.append("SELECT id, state, fence, runs, labels FROM inspections ORDER BY 1")
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
