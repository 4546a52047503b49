from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from amun_local import migration
from amun_local.errors import DatabaseLockedError, DiskFullError, StartFailedError
from amun_local.rolling_log import RollingLog


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "amun.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE one (number INTEGER)")
    yield path
    connection.close()


def explain(said: str, database: Path) -> Exception:
    log = RollingLog(database.with_name("migration.log"), maximum_bytes=10_000)
    log.write(said.encode())
    environment = {"AMUN_DATABASE_URL": f"sqlite:///{database}"}
    return migration.explain("exit code 1", log, environment)


def test_a_locked_database_names_who_holds_it(database: Path) -> None:
    error = explain("sqlite3.OperationalError: database is locked\n", database)
    assert isinstance(error, DatabaseLockedError)
    assert str(database) in str(error)
    assert "pid " in str(error)


def test_a_full_disk(database: Path) -> None:
    error = explain("sqlite3.OperationalError: database or disk is full\n", database)
    assert isinstance(error, DiskFullError)


def test_anything_else_shows_the_last_lines(database: Path) -> None:
    error = explain("first\nno such column\n", database)
    assert isinstance(error, StartFailedError)
    assert str(error).endswith("exit code 1\nfirst\nno such column")


def test_only_sqlite_has_a_path() -> None:
    assert migration.database_path("sqlite:////a/b.sqlite") == Path("/a/b.sqlite")
    assert migration.database_path("postgresql://host/amun") is None


def test_only_a_write_lock_of_another_program_counts(database: Path) -> None:
    environment = {"AMUN_DATABASE_URL": f"sqlite:///{database}"}
    assert migration.other_writers(environment) is None
    held = sqlite3.connect(database)
    try:
        held.execute("BEGIN EXCLUSIVE")
        error = migration.other_writers(environment)
    finally:
        held.close()
    assert error is not None
    assert f"pid {os.getpid()}" in str(error)
    assert migration.other_writers({"AMUN_DATABASE_URL": "postgresql://host/amun"}) is None
