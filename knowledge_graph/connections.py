"""Connections: one engine for each use, and every database error turned into words.

SQLite: write-ahead log, foreign keys, writers begin IMMEDIATE (so that none fails half-way because
another wrote meanwhile) and wait BUSY_SECONDS for one another. PostgreSQL: psycopg, lock timeout.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from amun_core.errors import SettingsError, StorageError
from knowledge_graph.database_file import FileWatch

BUSY_SECONDS = 5.0

#: A connection on which nothing comes back is dead after about 20 s.
_POSTGRESQL_BOUNDS = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}

_POSTGRESQL_NAMES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})

#: part of the driver's message -> (what a person reads, what to do)
_SAID: tuple[tuple[str, str, str], ...] = (
    (
        "database is locked",
        "the database is locked by another program",
        "End the program that holds it (a database browser, a backup), then try again.",
    ),
    (
        "lock timeout",
        "the database is locked by another program",
        "End the session that holds the lock, then try again.",
    ),
    (
        "disk is full",
        "the disk is full: the database took nothing of this write",
        "Free space on the database's disk, then try again.",
    ),
    (
        "no space left on device",
        "the disk is full: the database took nothing of this write",
        "Free space on the database's disk, then try again.",
    ),
    (
        "unable to open database file",
        "the database file cannot be opened",
        "Check that its folder exists and may be written (AMUN_HOME, AMUN_DATABASE_URL).",
    ),
    (
        "readonly database",
        "the database may only be read",
        "Check the permissions of the database file and of its folder.",
    ),
    (
        "read-only transaction",
        "the database may only be read",
        "AMUN_DATABASE_URL names a replica, or the server is set to read only.",
    ),
    ("disk i/o error", "the database's disk does not work", "Check the disk and its mount."),
    (
        "malformed",
        "the database file is damaged",
        "Restore it from a copy, or move it away to start with an empty one.",
    ),
    (
        "file is not a database",
        "the file named by AMUN_DATABASE_URL is no database",
        "Name another file, or move this one away.",
    ),
    (
        "no such table",
        "the database's schema is not there or not the newest",
        "Run `python -m knowledge_graph upgrade`.",
    ),
    (
        "no such column",
        "the database's schema is not there or not the newest",
        "Run `python -m knowledge_graph upgrade`.",
    ),
    (
        "does not exist",
        "the database or its schema is not there, or not the newest",
        "Create the database AMUN_DATABASE_URL names, then run `python -m knowledge_graph upgrade`.",
    ),
    (
        "authentication failed",
        "the database refuses the user or the password",
        "Check the credentials in AMUN_DATABASE_URL.",
    ),
    (
        "connection refused",
        "the database server cannot be reached",
        "Check that it runs, and that AMUN_DATABASE_URL names its address.",
    ),
)


def storage_error(error: Exception) -> StorageError:
    """What a person reads in place of the driver's error."""
    said = str(getattr(error, "orig", None) or error).lower()
    for part, message, hint in _SAID:
        if part in said:
            return StorageError(message, hint=hint)
    if isinstance(error, PoolTimeoutError):
        return StorageError(
            "too many requests wait for the database", hint="Try again in a few seconds."
        )
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StorageError(
            "the connection to the database was lost", hint="Try again; check that it runs."
        )
    return StorageError(
        f"the database did not take it ({type(getattr(error, 'orig', error)).__name__})",
        hint="Check that the database runs; the log has the details.",
    )


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what the database raises into StorageError; integrity is the caller's own business."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeoutError, sqlite3.Error) as error:
        raise storage_error(error) from error


def parse_url(database_url: str) -> URL:
    """The URL with the driver we use. SettingsError, without the URL's secrets, if it is none."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "AMUN_DATABASE_URL: not a database address",
            hint="Like sqlite:////path/amun.sqlite or postgresql://user@host/amun; "
            "percent-encode special characters of a password.",
        ) from None
    if url.drivername in _POSTGRESQL_NAMES:
        if importlib.util.find_spec("psycopg") is None:
            raise SettingsError(
                "AMUN_DATABASE_URL names PostgreSQL, and its driver psycopg is not installed",
                hint="pip install 'amun-service[postgresql]' into this Python",
            )
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in {"sqlite", "sqlite+pysqlite"} and url.database not in {
        None,
        "",
        ":memory:",
    }:
        return url
    raise SettingsError(
        f"AMUN_DATABASE_URL: {url.drivername} is not supported",
        hint="Give a SQLite file (sqlite:////path/amun.sqlite) or PostgreSQL (postgresql://...).",
    )


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite database, None for a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # Transactions are begun by _begin_sqlite, not guessed by the driver.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    # With the write-ahead log a power cut may lose the last commits but never consistency.
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql_arguments(url: URL) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = int(BUSY_SECONDS)
    # a server that vanished without a word must not hold a worker in a call for ever
    arguments |= {
        name: value for name, value in _POSTGRESQL_BOUNDS.items() if name not in url.query
    }
    if "options" not in url.query:
        arguments["options"] = f"-c lock_timeout={int(BUSY_SECONDS * 1000)}"
    return arguments


def write_engine(database_url: str) -> Engine:
    """An engine whose transactions write."""
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=24)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        FileWatch(Path(str(url.database))).attach(engine)
        return engine
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        connect_args=_postgresql_arguments(url),
    )


def read_engine(database_url: str) -> Engine:
    """An engine for single reads: each statement is its own snapshot, no transaction is opened."""
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=24)
        event.listen(engine, "connect", _prepare_sqlite)
        FileWatch(Path(str(url.database))).attach(engine)
        return engine
    return create_engine(
        url,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        connect_args=_postgresql_arguments(url),
    )
