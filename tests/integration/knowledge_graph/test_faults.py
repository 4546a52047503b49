"""What goes wrong outside: a locked database, a full disk, a server that dies; nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event

from amun_core.errors import StorageError
from amun_core.states import InspectionState
from knowledge_graph import connections, database
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import sqlite_copy
from tests.support.postgresql import fresh_database, postgresql_server

S = InspectionState


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 1.0)


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Another program holds the database."""
    if database_url.startswith("sqlite"):
        path = database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
    else:
        with psycopg.connect(database_url) as other:
            other.execute("LOCK TABLE inspections IN ACCESS EXCLUSIVE MODE")
            yield


def test_a_locked_database_is_said_in_bounded_time(store: GraphStore, database_url: str) -> None:
    inspection_id = factories.in_state(store, S.ACCEPTED)
    with locked(database_url):
        started = time.monotonic()
        with pytest.raises(StorageError, match="locked by another program") as caught:
            store.mark_queued([inspection_id])
        assert time.monotonic() - started < 20
        assert caught.value.hint is not None
        assert caught.value.hint.startswith("End the")
    assert store.mark_queued([inspection_id]) == 1


@contextmanager
def full_disk(engine: Engine) -> Iterator[None]:
    """The database cannot grow by a page."""

    def no_more_pages(connection: sqlite3.Connection, *_: object) -> None:
        [count] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {count}")

    def enough_pages(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1073741823")

    event.listen(engine, "checkout", no_more_pages)
    try:
        yield
    finally:
        event.remove(engine, "checkout", no_more_pages)
        event.listen(engine, "checkout", enough_pages)


def test_a_full_disk_leaves_nothing_half_written(migrated_file: Path, tmp_path: Path) -> None:
    database_url = sqlite_copy(migrated_file, tmp_path)
    with GraphStore(database_url) as store, GraphQueries(database_url) as queries:
        claim = factories.measuring(store)
        big = "x" * 100_000
        before = (
            queries.inspection(claim.inspection_id),
            queries.counts(),
            store.pending_outbox(),
        )
        with full_disk(store._engine):
            for write in (
                lambda: store.create_inspection(
                    factories.new_inspection(specification=big), idempotency_key="k"
                ),
                lambda: store.append_log(claim, "run", big),
                lambda: store.record_run(claim, factories.run_record(0, stdout=big)),
            ):
                with pytest.raises(StorageError, match="the disk is full") as caught:
                    write()
                assert caught.value.hint == "Free space on the database's disk, then try again."
        after = (
            queries.inspection(claim.inspection_id),
            queries.counts(),
            store.pending_outbox(),
        )
        assert after == before
        assert queries.runs(claim.inspection_id) == ()
        assert queries.log(claim.inspection_id) == ()

        assert not store.create_inspection(factories.new_inspection(), idempotency_key="k").replayed
        store.append_log(claim, "run", big)
        assert store.record_run(claim, factories.run_record(0, stdout=big))


@pytest.mark.postgresql
def test_a_server_that_dies_and_comes_back(tmp_path: Path) -> None:
    with postgresql_server() as server, fresh_database(server) as database_url:
        database.upgrade(database_url)
        store = GraphStore(database_url)
        queries = GraphQueries(database_url)
        inspection_id = factories.in_state(store, S.ACCEPTED)
        with psycopg.connect(server, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (database_url.rsplit("/", 1)[1],),
            )
        # the cut connections are noticed before they are used
        assert store.mark_queued([inspection_id]) == 1
        assert queries.inspection(inspection_id).state is S.QUEUED
    with pytest.raises(StorageError, match="cannot be reached"):
        queries.ready()
    with pytest.raises(StorageError, match="cannot be reached"):
        store.mark_queued([inspection_id])
    store.close()
    queries.close()


@pytest.mark.postgresql
def test_no_secret_of_the_url_is_told(postgresql_url: str) -> None:
    secret = "t0psecret"
    wrong = postgresql_url.replace("amun@", f"nobody:{secret}@").replace("/postgres", "/nowhere")
    with GraphQueries(wrong) as queries, pytest.raises(StorageError) as caught:
        queries.ready()
    seen: BaseException | None = caught.value
    while seen is not None:
        assert secret not in str(seen)
        assert secret not in repr(seen)
        seen = seen.__cause__ or seen.__context__


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "amun.sqlite"
    path.write_text("these are notes, not a database; " * 100)
    with pytest.raises(StorageError, match="is no database"):
        database.upgrade(f"sqlite:///{path}")
    assert path.read_text().startswith("these are notes")


def test_a_database_without_schema(tmp_path: Path) -> None:
    with (
        GraphStore(f"sqlite:///{tmp_path / 'empty.sqlite'}") as store,
        pytest.raises(StorageError, match="schema is not there") as caught,
    ):
        store.pending_outbox()
    assert caught.value.hint == "Run `python -m knowledge_graph upgrade`."


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be made"):
        database.upgrade(f"sqlite:///{tmp_path / 'file' / 'amun.sqlite'}")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with (
        GraphStore(f"sqlite:///{tmp_path / 'no' / 'amun.sqlite'}") as store,
        pytest.raises(StorageError, match="cannot be opened"),
    ):
        factories.in_state(store, S.ACCEPTED)
