"""Why the database could not be brought up to date, in words."""

from __future__ import annotations

from collections.abc import Mapping
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
        holders = holders_of(path)
        by = f" ({', '.join(holders)})" if holders else ""
        return DatabaseLockedError(
            f"the database {path} is locked by another program{by}. Nothing was changed",
            hint="end that program, then `amun up` again",
        )
    if "disk is full" in lines or "No space left" in lines:
        return DiskFullError(
            f"no space is left for the database{f' {path}' if path else ''}. Nothing was lost",
            hint="free some space, then `amun up` again",
        )
    return StartFailedError(
        f"the database could not be brought up to date: {ended}" + (f"\n{lines}" if lines else ""),
        hint=f"the whole log: {log.path}",
    )


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
