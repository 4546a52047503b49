"""Every test of this folder runs on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests.support.databases import (
    postgresql_template,
    sqlite_copy,
    sqlite_template,
    sqlite_url,
)
from tests.support.postgresql import fresh_database, postgresql_server

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A running PostgreSQL server, started for these tests."""
    with postgresql_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated PostgreSQL database to be copied."""
    with postgresql_template(request.getfixturevalue("postgresql_url")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to be copied."""
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own with the newest schema."""
    if request.param == "sqlite":
        yield sqlite_copy(request.getfixturevalue("migrated_file"), tmp_path)
    else:
        server = request.getfixturevalue("postgresql_url")
        with fresh_database(server, template=request.getfixturevalue("migrated")) as url:
            yield url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a schema."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "new" / "amun.sqlite")
    else:
        with fresh_database(request.getfixturevalue("postgresql_url")) as url:
            yield url


@pytest.fixture
def store(database_url: str) -> Iterator[GraphStore]:
    with GraphStore(database_url) as opened:
        yield opened


@pytest.fixture
def queries(database_url: str) -> Iterator[GraphQueries]:
    with GraphQueries(database_url) as opened:
        yield opened
