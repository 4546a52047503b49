"""Databases with the newest schema, copied from a template that is migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from knowledge_graph import database
from knowledge_graph.connections import parse_url
from knowledge_graph.models import Inspection
from tests.support.postgresql import fresh_database


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"


def sqlite_template(folder: Path) -> Path:
    """A migrated SQLite file that no connection holds."""
    path = folder / "template.sqlite"
    database.upgrade(sqlite_url(path))
    return path


def sqlite_copy(template: Path, folder: Path) -> str:
    """The address of a copy of `template` in `folder`."""
    return sqlite_url(Path(shutil.copy(template, folder / "amun.sqlite")))


@contextmanager
def postgresql_template(server_url: str) -> Iterator[str]:
    """The address of a migrated database to be given to `fresh_database`."""
    with fresh_database(server_url) as url:
        database.upgrade(url)
        yield url


def execute(database_url: str, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
    """Run one statement as another program would; its rows, if it has any."""
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement), parameters)
        return [tuple(row) for row in result] if result.returns_rows else []


def expire_lease(database_url: str, inspection_id: str) -> None:
    """Let the lease of an inspection end, as if its worker had died long ago."""
    execute(
        database_url,
        "UPDATE inspections SET lease_until = 1 WHERE id = :id AND lease_until IS NOT NULL",
        id=inspection_id,
    )


def empty(database_url: str) -> None:
    """Remove every row; the schema stays."""
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.begin() as connection:
        for table in reversed(Inspection.metadata.sorted_tables):
            connection.execute(table.delete())
