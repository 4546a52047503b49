"""A migrated SQLite database of its own for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests.support.databases import sqlite_copy, sqlite_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def database_url(template: Path, tmp_path: Path) -> str:
    return sqlite_copy(template, tmp_path)


@pytest.fixture
def store(database_url: str) -> Iterator[GraphStore]:
    with GraphStore(database_url) as opened:
        yield opened


@pytest.fixture
def queries(database_url: str) -> Iterator[GraphQueries]:
    with GraphQueries(database_url) as opened:
        yield opened
