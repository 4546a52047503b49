"""Database addresses and errors: what we use is said, what is secret is not."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from amun_core.errors import SettingsError, StorageError
from knowledge_graph.connections import parse_url, read_engine, storage_errors, write_engine
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests import factories


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:////data/amun.sqlite", "sqlite:////data/amun.sqlite"),
        ("postgresql://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d"),
        ("postgres://u@h/d?sslmode=require", "postgresql+psycopg://u@h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_an_address_gets_our_driver(given: str, used: str) -> None:
    assert parse_url(given).render_as_string(hide_password=False) == used


@pytest.mark.parametrize(
    "address",
    [
        "",
        "amun.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:s3cret@h/d",
        "postgresql+asyncpg://u:s3cret@h/d",
        "postgresql://u:s3cret/x@h:notaport/d",
        "postgresql://u:p@s3cret:s3cret@h:s3cret/d",
    ],
)
def test_any_other_address_is_refused_without_its_secrets(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^AMUN_DATABASE_URL: ") as caught:
        parse_url(address)
    assert "s3cret" not in str(caught.value)
    assert caught.value.hint is not None
    # what the parser said may hold a piece of a password: it is not even shown as a context
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("database is locked", "locked by another program"),
        ("database or disk is full", "the disk is full"),
        ("could not extend file: No space left on device", "the disk is full"),
        ("attempt to write a readonly database", "may only be read"),
        ("database disk image is malformed", "is damaged"),
        ("no such table: inspections", "run `python -m knowledge_graph upgrade`"),
        ("connection refused", "cannot be reached"),
        ("something nobody thought of", "did not take it (operationalerror)"),
    ],
)
def test_the_drivers_error_becomes_words(said: str, told: str) -> None:
    with pytest.raises(StorageError) as caught, storage_errors():
        raise OperationalError("SELECT secret", {}, sqlite3.OperationalError(said))
    text = f"{caught.value} {caught.value.hint}".lower()
    assert told in text
    assert "secret" not in text


def test_a_pool_that_is_used_up_is_said() -> None:
    with pytest.raises(StorageError, match="too many requests"), storage_errors():
        raise PoolTimeoutError("QueuePool limit")


def test_integrity_is_the_callers_own_business() -> None:
    with pytest.raises(IntegrityError), storage_errors():
        raise IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE"))


def test_sqlite_is_set_up_for_many_processes(database_url: str) -> None:
    for make in (write_engine, read_engine):
        engine = make(database_url)
        with engine.connect() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
            }
        engine.dispose()
        assert found == {
            "journal_mode": "wal",
            "foreign_keys": 1,
            "busy_timeout": 5000,
            "synchronous": 1,
        }


def test_a_writer_begins_as_a_writer(database_url: str) -> None:
    engine = write_engine(database_url)
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=0)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.close()
    engine.dispose()


def test_a_reader_sees_the_past_while_somebody_writes(
    store: GraphStore, queries: GraphQueries
) -> None:
    with store._transaction() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        queries.ready()
        connection.rollback()
    assert store.create_inspection(factories.new_inspection()).replayed is False
