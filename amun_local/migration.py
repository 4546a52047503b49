"""Why the database could not be brought up to date, in words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from amun_local.errors import (
    DatabaseLockedError,
    DiskFullError,
    LocalServiceError,
    StartFailedError,
)
from amun_local.rolling_log import RollingLog

SQLITE_PREFIX = "sqlite:///"


def database_path(url: str) -> Path | None:
    """The file of an SQLite address; None for any other database."""
    return Path(url.removeprefix(SQLITE_PREFIX)) if url.startswith(SQLITE_PREFIX) else None


def explain(ended: str, log: RollingLog, environment: Mapping[str, str]) -> LocalServiceError:
    """The error for a migration that ended as `ended`."""
    lines = log.last_lines()
    path = database_path(environment.get("AMUN_DATABASE_URL", ""))
    if path is not None and "database is locked" in lines:
        return locked(path, holders_of(path))
    if "disk is full" in lines or "No space left" in lines:
        return DiskFullError(
            f"no space is left for the database{f' {path}' if path else ''}. Nothing was lost",
            hint="free some space, then `amun up` again",
        )
    return StartFailedError(
        f"the database could not be brought up to date: {ended}" + (f"\n{lines}" if lines else ""),
        hint=f"the whole log: {log.path}",
    )


def locked(path: Path, holders: list[str]) -> DatabaseLockedError:
    """The error for a database that `holders` keep from us."""
    by = f" ({', '.join(holders)})" if holders else ""
    return DatabaseLockedError(
        f"the database {path} is locked by another program{by}. Nothing was changed",
        hint="end that program, then `amun up` again",
    )


def other_writers(environment: Mapping[str, str]) -> DatabaseLockedError | None:
    """The error if a program that is not ours holds a write lock on the database just now.

    SQLite locks bytes of the database or of its -shm file; the kernel lists who holds them.
    """
    path = database_path(environment.get("AMUN_DATABASE_URL", ""))
    if path is None:
        return None
    files = set()
    for file in (path, path.with_name(f"{path.name}-shm")):
        with contextlib.suppress(OSError):
            files.add(file.stat().st_ino)
    ours = {process.pid for process in psutil.Process().children(recursive=True)}
    others = sorted(pid for pid, file in _write_locks() if file in files and pid not in ours)
    return locked(path, [_name(pid) for pid in dict.fromkeys(others)]) if others else None


def _write_locks() -> Iterator[tuple[int, int]]:
    """Process and inode of every write lock: `1: POSIX ADVISORY WRITE 12 08:01:99 0 EOF`."""
    try:
        lines = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return
    for line in lines:
        fields = line.split()
        if len(fields) >= 6 and fields[1] != "->" and fields[3] == "WRITE":
            with contextlib.suppress(ValueError):
                yield int(fields[4]), int(fields[5].rpartition(":")[2])


def _name(pid: int) -> str:
    try:
        return f"{psutil.Process(pid).name()}, pid {pid}"
    except psutil.Error:
        return f"pid {pid}"


def holders_of(path: Path) -> list[str]:
    """The programs that have `path` open, as far as we may see them."""
    found = []
    for process in psutil.process_iter(["pid", "name"]):
        try:
            if any(Path(opened.path) == path for opened in process.open_files()):
                found.append(f"{process.name()}, pid {process.pid}")
        except (psutil.Error, OSError):
            continue
    return found
