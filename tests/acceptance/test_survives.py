"""kill -9, lost brokers, full disks, locked databases: each ends with its message and no loss."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.service import Service, kill_tree, running_service

pytestmark = pytest.mark.network
RUNS = 6
NewService = Callable[..., Service]


@pytest.fixture(scope="module")
def shared(environments: Path) -> Iterator[Service]:
    """A service for the tests that leave it as it was."""
    with running_service({"AMUN_ENVIRONMENT_STORE": str(environments)}) as service:
        yield service


def slow_inspection(lock: str, **changes: Any) -> dict[str, Any]:
    """Six runs of about a second each."""
    return {
        "runs": RUNS,
        "engine": "process",
        "python": {"lock": {"format": "requirements.txt", "content": lock}},
        "indicator": {
            "name": "matmul",
            "framework": "numpy",
            "parameters": {"matrix_size": 1024, "reps": 100},
        },
        **changes,
    }


def in_mid_run(shown: dict[str, Any]) -> bool:
    return bool(shown["state"] == "running" and 2 <= shown["runs"]["accepted"] < RUNS - 1)


def assert_exactly_its_runs(service: Service, inspection_id: str) -> None:
    shown = service.wait(inspection_id, 180)
    assert shown["state"] == "succeeded", shown
    runs = service.get(f"/inspections/{inspection_id}/runs")["runs"]
    assert sorted(run["index"] for run in runs if run["accepted"]) == list(range(RUNS))


def quick_leases() -> dict[str, str]:
    return {"AMUN_LEASE_SECONDS": "3", "AMUN_REAP_INTERVAL_SECONDS": "0.5"}


def test_killed_measurer_is_restarted_and_nothing_is_lost(
    new_service: NewService, numpy_lock: str
) -> None:
    service = new_service(**quick_leases())
    service.up()
    accepted = service.post(slow_inspection(numpy_lock))["id"]
    before = service.wait(accepted, until=in_mid_run)
    assert in_mid_run(before), before
    measurer = service.process("measurer")
    measurer.kill()
    measurer.wait(10)
    assert_exactly_its_runs(service, accepted)
    attempts = service.get(f"/inspections/{accepted}")["attempts"]
    assert [a["outcome"] for a in attempts if a["kind"] == "measure"] == ["lost", "completed"]
    assert service.process("measurer").pid != measurer.pid
    service.down()
    assert service.leftovers() == []


def test_killed_tree_comes_back_with_up(new_service: NewService, numpy_lock: str) -> None:
    service = new_service(**quick_leases())
    service.up()
    accepted = service.post(slow_inspection(numpy_lock))["id"]
    assert in_mid_run(service.wait(accepted, until=in_mid_run))
    kept = service.get(f"/inspections/{accepted}")["runs"]["accepted"]
    kill_tree(service)
    service.up()
    assert service.get(f"/inspections/{accepted}")["runs"]["accepted"] >= kept
    assert_exactly_its_runs(service, accepted)
    service.down()
    assert service.leftovers() == []


@pytest.mark.container
def test_killed_measurer_leaves_no_container(
    new_service: NewService, numpy_lock: str, container_engine: dict[str, str]
) -> None:
    service = new_service(**container_engine, **quick_leases())
    service.up()
    accepted = service.post(slow_inspection(numpy_lock, engine="container"))["id"]
    assert in_mid_run(service.wait(accepted, until=in_mid_run))
    service.process("measurer").kill()
    assert_exactly_its_runs(service, accepted)
    service.down()
    left = subprocess.run(
        ["docker", "ps", "-aq", "--filter", f"label=org.amun.inspection={accepted}"],
        env=service.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert left.stdout == ""


def test_second_up_is_harmless(shared: Service) -> None:
    again = shared.amun("up", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["url"] == shared.url
    assert "already" in again.stderr + again.stdout
    assert len([e for e in shared.status()["processes"] if e["name"] == "api"]) == 1


def taken(port: int) -> socket.socket:
    """Another program's server on `port`, as soon as the last dying process has let go of it."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_stale_state_and_a_taken_port_are_recognised(new_service: NewService) -> None:
    service = new_service()
    service.up()
    port = int(service.url.rsplit(":", 1)[1])
    kill_tree(service)
    with taken(port):
        service.up()
        assert int(service.url.rsplit(":", 1)[1]) != port
        assert service.get("/inspections")["inspections"] == []


def test_post_is_accepted_without_redis_and_runs_when_it_is_back(
    shared: Service, numpy_lock: str
) -> None:
    redis = shared.process("redis")
    os.kill(redis.pid, signal.SIGSTOP)  # alive, silent: the worst way to be gone
    accepted = shared.post(slow_inspection(numpy_lock, runs=1))["id"]
    redis.kill()
    shown = shared.wait(accepted, 120)
    assert shown["state"] == "succeeded", shown


def test_a_locked_database_is_said_and_loses_nothing(shared: Service, numpy_lock: str) -> None:
    other = sqlite3.connect(shared.home / "amun.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        answer = requests.post(
            f"{shared.url}/api/v1/inspections", json=slow_inspection(numpy_lock), timeout=60
        )
        assert answer.status_code == 503
        assert "locked" in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) > 0
    finally:
        other.execute("ROLLBACK")
        other.close()
    accepted = shared.post(slow_inspection(numpy_lock, runs=1))["id"]
    assert shared.wait(accepted)["state"] == "succeeded"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode != 0:
        pytest.skip(f"this user may not mount a small file system: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_and_loses_nothing(
    new_service: NewService, numpy_lock: str, small_disk: Path
) -> None:
    service = new_service(AMUN_ENVIRONMENT_STORE=str(small_disk))
    service.up()
    accepted = service.post(slow_inspection(numpy_lock, runs=1))["id"]
    shown = service.wait(accepted, 180)
    assert shown["state"] == "failed"
    assert shown["failure"]["reason"] == "disk_full"
    assert shown["failure"]["attributed_to"] == "host"
    assert list(small_disk.glob("*/bin")) == []


def test_a_database_on_a_full_disk_is_said(new_service: NewService, small_disk: Path) -> None:
    service = new_service(AMUN_DATABASE_URL=f"sqlite:///{small_disk / 'amun.sqlite'}")
    service.up()
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(b"0" * 65536)
                file.flush()
        except OSError:
            pass
    deadline = time.monotonic() + 60
    status, detail = 202, ""
    while status == 202 and time.monotonic() < deadline:
        answer = requests.post(
            f"{service.url}/api/v1/inspections",
            json={"labels": {"text": "x" * 256}, "script": "#" * 200_000},
            timeout=60,
        )
        status, detail = answer.status_code, answer.json().get("detail", "")
    assert status == 503
    assert "disk is full" in detail
    before = service.get("/inspections", params={"limit": 100})["counts"]
    filler.unlink()
    service.post({"script": "print(1)"})
    after = service.get("/inspections", params={"limit": 100})["counts"]
    assert sum(after.values()) == sum(before.values()) + 1
