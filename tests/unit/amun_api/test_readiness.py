"""Readiness is shown by work done: /readyz, /readiness and POST agree about the database."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from amun_api import readiness as module
from amun_api.app import create_app
from amun_core.settings import Settings
from knowledge_graph import database_file
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests.support.databases import sqlite_copy


@pytest.fixture
def database(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


@pytest.fixture
def client(make_client, monkeypatch):
    # each request probes anew: what happens to the file is seen at once
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(database_file, "FRESH_SECONDS", 0.0)
    made = make_client()
    assert made.get("/readyz").status_code == 200
    assert post(made) == 202
    return made


def post(client) -> int:
    return client.post("/api/v1/inspections", json={"script": "print(1)"}).status_code


def moved(database: Path) -> None:
    elsewhere = database.parent / "elsewhere"
    elsewhere.mkdir()
    for path in database.parent.glob("amun.sqlite*"):
        path.rename(elsewhere / path.name)


def deleted(database: Path) -> None:
    for path in database.parent.glob("amun.sqlite*"):
        path.unlink()


def replaced(database: Path) -> None:
    other = database.parent / "other"
    shutil.copy(database, other)
    other.rename(database)


def log_deleted(database: Path) -> None:
    Path(f"{database}-wal").unlink()


def beginning_overwritten(database: Path) -> None:
    with database.open("r+b") as stream:
        stream.write(os.urandom(100))


def cut_off(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    os.truncate(database, 8192)


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"\0" * 65536)


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (moved, "was moved or deleted"),
        (deleted, "was moved or deleted"),
        (replaced, "was replaced by another"),
        (log_deleted, "amun.sqlite-wal was moved or deleted"),
        (beginning_overwritten, "no database"),
        (cut_off, "damaged"),
    ],
)
def test_what_would_be_lost_is_not_taken(client, database, harm, word):
    harm(database)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["code"]) == (503, "A400")
    assert word in ready.json["detail"]
    assert ready.json["hint"]
    assert client.get("/readiness").status_code == 503
    refused = client.post("/api/v1/inspections", json={"script": "print(1)"})
    assert (refused.status_code, refused.json["code"]) == (503, "A400")
    assert client.post("/api/v1/inspect", json={"base": "x"}).status_code == 503
    assert client.get("/healthz").status_code == 200
    if harm in (moved, deleted):  # nothing new was made in its place
        assert not database.exists()


def test_a_file_that_is_put_back_is_used_again(client, database):
    moved(database)
    assert post(client) == 503
    for path in (database.parent / "elsewhere").iterdir():
        path.rename(database.parent / path.name)
    assert client.get("/readyz").status_code == 200
    assert post(client) == 202


def test_a_database_that_is_locked_is_not_ready_and_takes_nothing(client, database):
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        ready, posted = client.get("/readyz"), post(client)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert (ready.status_code, posted) == (503, 503)
    assert "locked by another program" in ready.json["detail"]
    assert client.get("/readyz").status_code == 200
    assert post(client) == 202


def test_a_full_disk_is_not_ready_and_takes_nothing(tmp_path, template, monkeypatch):
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small disk of its own needs the right to mount one")
    try:
        url = sqlite_copy(template, disk)
        with GraphStore(url) as store, GraphQueries(url) as queries:
            client = create_app(Settings(home=disk), store, queries).test_client()
            assert (client.get("/readyz").status_code, post(client)) == (200, 202)
            filler = disk / "filler"
            fill(filler)
            ready = client.get("/readyz")
            assert (ready.status_code, post(client)) == (503, 503)
            assert "the disk is full" in ready.json["detail"]
            filler.unlink()
            assert (client.get("/readyz").status_code, post(client)) == (200, 202)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize(
    ("detail", "age", "state"),
    [
        ({"quiet_seconds": 0.5}, 0.0, "works"),
        ({}, 0.0, "works"),
        ({"quiet_seconds": 31.0}, 0.0, "hangs"),
        ({"quiet_seconds": 0.0}, 31.0, "silent"),
        ({"quiet_seconds": 20.0}, 12.0, "hangs"),
    ],
)
def test_a_role_without_a_worker_that_works_is_not_ready(
    client, store, database, detail, age, state
):
    client.application.extensions["amun"].readiness._started -= 60  # it has looked for a minute
    store.service_beat("builder@one", {"pid": 1, "quiet_seconds": 0.0})
    store.service_beat("measurer@one", {"pid": 2, **detail})
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE service_beats SET at = at - ? WHERE name LIKE 'measurer%'", (age,)
        )
    connection.close()
    shown = {one["name"]: one["state"] for one in client.get("/api/v1/service").json["processes"]}
    assert (shown["builder@one"], shown["measurer@one"]) == ("works", state)
    ready = client.get("/readyz")
    if state == "works":
        assert ready.status_code == 200
        return
    assert (ready.status_code, ready.json["code"]) == (503, "A401")
    assert "no measurer works" in ready.json["detail"]
    assert post(client) == 202  # it waits
    store.service_beat("measurer@two", {"pid": 3, "quiet_seconds": 0.0})
    assert client.get("/readyz").status_code == 200


def test_signs_from_before_this_api_began_say_nothing(client, store, database):
    store.service_beat("measurer@one", {"pid": 2})
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE service_beats SET at = at - 3600")
    connection.close()
    assert client.get("/readyz").status_code == 200
