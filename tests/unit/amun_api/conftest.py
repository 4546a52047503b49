"""An application with its own SQLite database for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from structlog.typing import EventDict

from amun_api.app import create_app
from amun_core.settings import Settings
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests.support.inspections import populate

MakeClient = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What is logged while the test runs."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def make_app(tmp_path: Path, store: GraphStore, queries: GraphQueries) -> Callable[..., Flask]:
    def make(**settings: Any) -> Flask:
        return create_app(Settings(home=tmp_path, **settings), store, queries)

    return make


@pytest.fixture
def make_client(make_app: Callable[..., Flask]) -> MakeClient:
    return lambda **settings: make_app(**settings).test_client()


@pytest.fixture
def client(make_client: MakeClient) -> FlaskClient:
    return make_client()


@pytest.fixture
def ids(store: GraphStore) -> dict[str, str]:
    """One inspection in every state: state -> id."""
    return populate(store)
