"""The schema: upgraded in place, by one process at a time, never half."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

from amun_core.errors import StorageError
from knowledge_graph.connections import parse_url, sqlite_path, storage_errors

#: Any number will do, as long as every version of this program takes the same one.
_ADVISORY_LOCK = 0x416D756E
_UPGRADE_WAIT_SECONDS = 60


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.set_main_option("path_separator", "os")
    return configuration


@lru_cache(maxsize=1)
def head() -> str:
    """The newest revision that this program knows."""
    return cast("str", ScriptDirectory.from_config(_configuration()).get_current_head())


def revision_of(connection: Connection) -> str | None:
    """The revision of the schema behind `connection`, None where there is none yet."""
    return MigrationContext.configure(connection).get_current_revision()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _folder_lock(path: Path) -> Iterator[None]:
    # The folder itself is locked: no lock file is left beside the database.
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        ends_at = time.monotonic() + _UPGRADE_WAIT_SECONDS
        while not _locked(descriptor):
            if time.monotonic() > ends_at:
                raise StorageError(
                    f"another upgrade of {path} does not end", hint="End it, then try again."
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _sqlite_connection(database_url: str, path: Path) -> Iterator[Connection]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the folder {path.parent} cannot be made: {error.strerror}",
            hint="Name another one (AMUN_HOME, AMUN_DATABASE_URL).",
        ) from error
    engine = create_engine(
        parse_url(database_url), poolclass=NullPool, connect_args={"isolation_level": None}
    )

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with _folder_lock(path), engine.connect() as connection:
        # Outside of any transaction, where alone the journal's mode can be changed.
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_UPGRADE_WAIT_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()
        event.listen(engine, "begin", begin)
        with connection.begin():
            yield connection


@contextmanager
def _server_connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{_UPGRADE_WAIT_SECONDS}s'"))
        # Held to the end of the transaction: a second upgrade waits here, then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection


@contextmanager
def _exclusive_connection(database_url: str) -> Iterator[Connection]:
    path = sqlite_path(parse_url(database_url))
    with storage_errors():
        if path is None:
            with _server_connection(database_url) as connection:
                yield connection
        else:
            with _sqlite_connection(database_url, path) as connection:
                yield connection


def upgrade(database_url: str, revision: str = "head") -> str:
    """Bring the database to `revision` in place, in one transaction; returns the revision reached.

    Creates a SQLite file and its folder where there is none. Two upgrades at once are safe: the
    second waits for the first.
    """
    configuration = _configuration()
    with _exclusive_connection(database_url) as connection:
        found = revision_of(connection)
        _refuse_newer(found)
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)
        reached = revision_of(connection)
    return reached or ""


def _refuse_newer(found: str | None) -> None:
    script = ScriptDirectory.from_config(_configuration())
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise StorageError(
            f"the database has schema {found}, made by a newer version of this program",
            hint="Install that version, or name another database.",
        )


def current(database_url: str) -> str | None:
    """The revision of the database, None where there is no schema (or no SQLite file) yet."""
    url = parse_url(database_url)
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return None
    engine = create_engine(url, poolclass=NullPool)
    with storage_errors(), engine.connect() as connection:
        return revision_of(connection)


def check(database_url: str) -> None:
    """Raises StorageError unless the database's schema is the newest."""
    found = current(database_url)
    if found != head():
        raise StorageError(
            f"the database has schema {found or 'none'}, this program needs {head()}",
            hint="Run `python -m knowledge_graph upgrade`.",
        )
