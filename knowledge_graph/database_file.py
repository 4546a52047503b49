"""The file of a SQLite database that a process has open: whether it is still there, and undamaged.

A file that is moved or deleted goes on to live in the processes that have it open: they would read
and write what nobody finds again. So each use of a connection compares the path with the open file,
and a probe reads what lies on the disk, not what a connection remembers.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from amun_core.errors import StorageError

#: The probe waits no longer for another program's lock, s.
PROBE_BUSY_SECONDS = 1.0
#: A look at the file holds for so long: a request uses several connections, s.
FRESH_SECONDS = 0.02
#: With less room than this the next write may not fit, bytes.
MINIMUM_FREE_BYTES = 2 * 1024 * 1024
#: Tables whose newest row is read: a file that was cut off ends before it.
_PROBED = ("inspections", "outbox", "inspection_events", "service_beats")
_WAL = "-wal"

_Identity = tuple[int, int]


@dataclass
class FileWatch:
    """Which file an engine has open."""

    path: Path
    _opened: _Identity | None = None
    _fresh_until: float = 0.0

    def attach(self, engine: Engine) -> None:
        """Look at the file whenever a connection is made or used."""
        event.listen(engine, "do_connect", self._before_connect)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "checkout", self._used)

    def check(self) -> None:
        """Raises StorageError if the path no longer leads to the file that is open."""
        _compare(self.path, self._opened)

    def _before_connect(self, *_arguments: Any) -> None:
        # SQLite would make an empty file where the database was
        self.check()

    def _connected(self, connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        # a first look opens the log; from now on nobody may remove it but its last connection
        connection.execute("PRAGMA schema_version").fetchall()
        found = _identity(self.path)
        self._opened = self._opened or found
        _compare(self.path, self._opened)
        record.info[_WAL] = _identity(Path(f"{self.path}{_WAL}"))

    def _used(self, _connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        now = time.monotonic()
        if now < self._fresh_until:
            return
        self.check()
        log = record.info.get(_WAL)
        if log is not None:
            _compare(Path(f"{self.path}{_WAL}"), log)
        self._fresh_until = now + FRESH_SECONDS


def _identity(path: Path) -> _Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - twice a request: the short way
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _compare(path: Path, opened: _Identity | None) -> None:
    if opened is None:
        return
    found = _identity(path)
    if found == opened:
        return
    what = "was moved or deleted" if found is None else "was replaced by another"
    raise StorageError(
        f"the database file {path.name} {what} while the service runs",
        hint="Put it back, or start the service again with the file that is there now.",
    )


def probe(path: Path) -> None:
    """Read what is on the disk. Raises StorageError or sqlite3.Error where it is not as it must be."""
    _compare_room(path)
    # the file alone, without the log that may hide a damaged beginning; SQLite opens and closes it,
    # since any other way to close a file of this process would end SQLite's locks on it
    address = path.absolute().as_uri()
    with closing(sqlite3.connect(f"{address}?immutable=1", uri=True)) as bare:
        bare.execute("PRAGMA schema_version").fetchall()
    with closing(
        sqlite3.connect(f"{address}?mode=rw", uri=True, timeout=PROBE_BUSY_SECONDS)
    ) as connection:
        _read_ends(connection, _tables(connection))


def _tables(connection: sqlite3.Connection) -> Sequence[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    found = {str(name) for (name,) in rows}
    return [name for name in _PROBED if name in found]


def _read_ends(connection: sqlite3.Connection, tables: Sequence[str]) -> None:
    for name in tables:
        statement = f"SELECT rowid FROM {name} ORDER BY rowid DESC LIMIT 1"  # noqa: S608 - our own names
        connection.execute(statement).fetchall()


def _compare_room(path: Path) -> None:
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        raise StorageError(
            f"the folder of the database cannot be used: {error.strerror}",
            hint="Check the disk and its mount.",
        ) from error
    if free < MINIMUM_FREE_BYTES:
        raise StorageError(
            "the disk is full: the database would take nothing of a write",
            hint="Free space on the database's disk, then try again.",
        )
