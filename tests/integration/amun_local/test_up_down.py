"""`amun up`, `amun status`, `amun down` as a person uses them, with every real process."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

NAMES = ["redis", "api", "dispatcher", "builder", "measurer", "solver", "reaper"]


class Amun:
    """The command with a home folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ = {**os.environ, "AMUN_HOME": str(home)}

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "amun_client", *arguments],
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self("status", "--json").stdout)
        return document

    def pids(self) -> set[int]:
        """Every process that belongs to this home."""
        found = set()
        for process in psutil.process_iter():
            try:
                if process.environ().get("AMUN_SERVICE_HOME") == str(self.home):
                    found.add(process.pid)
            except (psutil.Error, OSError):
                continue
        return found


def wait_until(condition: Callable[[], Any], what: str, *, seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


@pytest.fixture
def amun(tmp_path: Path) -> Iterator[Amun]:
    command = Amun(tmp_path / "home")
    yield command
    command("down")
    assert command.pids() == set()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_life_of_a_service(amun: Amun) -> None:
    port = str(free_port())
    begun = amun("up", AMUN_PORT=port)
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout == f"http://127.0.0.1:{port}\n"
    assert requests.get(f"{begun.stdout.strip()}/readyz", timeout=10).ok

    status = amun.status()
    assert status["state"] == "ready"
    assert status["url"] == f"http://127.0.0.1:{port}"
    assert [process["name"] for process in status["processes"]] == NAMES
    assert {process["state"] for process in status["processes"]} == {"running"}
    assert status["redis"]["reachable"] is True
    assert status["database"]["reachable"] is True
    assert status["logs"] == str(amun.home / "logs")

    again = amun("up")
    assert (again.returncode, again.stdout) == (0, begun.stdout)
    assert "already running" in again.stderr
    assert amun.status()["pid"] == status["pid"]

    for name in ("measurer", "redis", "api"):
        killed = next(one for one in amun.status()["processes"] if one["name"] == name)
        os.kill(killed["pid"], signal.SIGKILL)

        def back(killed: dict[str, Any] = killed) -> bool:
            now = next(one for one in amun.status()["processes"] if one["name"] == killed["name"])
            return now["restarts"] == 1 and now["pid"] not in {None, killed["pid"]}

        wait_until(back, f"{name} restarted")
    ready = f"http://127.0.0.1:{port}/readyz"

    def answers() -> bool:
        try:
            return requests.get(ready, timeout=5).ok
        except requests.RequestException:
            return False

    wait_until(answers, "the API answers again")

    # the whole tree is killed, then started again at the same address
    for pid in {amun.status()["pid"], *amun.pids()}:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_until(lambda: not amun.pids(), "everything is gone")
    assert amun.status()["state"] == "died"
    after = amun("up")
    assert (after.returncode, after.stdout) == (0, begun.stdout), after.stderr
    assert "did not end properly" in after.stderr

    ended = amun("down")
    assert ended.returncode == 0, ended.stderr
    assert "stopped in" in ended.stderr
    assert amun.pids() == set()
    assert (amun.home / "amun.sqlite").is_file()
    stopped = amun("status", "--json")
    assert stopped.returncode == 5
    assert json.loads(stopped.stdout)["state"] == "stopped"
    harmless = amun("down")
    assert (harmless.returncode, harmless.stderr) == (0, "nothing was running\n")


def worker(amun: Amun, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in amun.status()["processes"] if one["name"] == name)
    return found


def test_what_lives_and_does_nothing_is_shown_and_replaced(amun: Amun) -> None:
    amun.environ["AMUN_LEASE_SECONDS"] = "15"
    begun = amun("up")
    assert begun.returncode == 0, begun.stderr
    url = begun.stdout.strip()
    wait_until(lambda: worker(amun, "measurer")["beat_age_seconds"] is not None, "it speaks")
    pids = {name: worker(amun, name)["pid"] for name in ("measurer", "api", "redis")}
    os.kill(pids["measurer"], signal.SIGSTOP)
    wait_until(lambda: worker(amun, "measurer")["state"] == "stopped", "it is shown as stopped")

    def spoken() -> dict[str, Any]:
        answer = requests.get(f"{url}/api/v1/service", timeout=10).json()["processes"]
        return next(one for one in answer if one["detail"].get("pid") == pids["measurer"])

    def not_ready() -> bool:
        answer = requests.get(f"{url}/readyz", timeout=10)
        return answer.status_code == 503 and "no measurer works" in answer.json()["detail"]

    wait_until(lambda: spoken()["state"] == "silent", "the API says that it is silent")
    assert not_ready()
    # nothing is wrong with the database, and what is submitted waits
    assert amun.status()["database"]["reachable"] is True
    posted = requests.post(f"{url}/api/v1/inspections", json={"script": "print(1)"}, timeout=10)
    assert posted.status_code == 202

    def replaced(name: str) -> bool:
        now = worker(amun, name)
        return now["pid"] not in {None, pids[name]} and now["restarts"] == 1

    wait_until(lambda: replaced("measurer"), "another takes its place", seconds=120)
    assert "no sign of life for" in worker(amun, "measurer")["last_end"]
    wait_until(lambda: requests.get(f"{url}/readyz", timeout=10).ok, "it is ready again")
    for name in ("api", "redis"):
        os.kill(pids[name], signal.SIGSTOP)
        wait_until(lambda name=name: replaced(name), f"{name} is replaced", seconds=120)
        assert "did not answer for" in worker(amun, name)["last_end"]


def test_a_port_that_is_not_had_is_no_success(amun: Amun) -> None:
    port, other = free_port(), free_port()
    assert amun("up", "--port", str(port)).returncode == 0
    assert amun("up", "--port", str(port)).returncode == 0
    refused = amun("up", "--port", str(other))
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith(f"error[A716]: the service runs at http://127.0.0.1:{port}")
    assert amun("up", "--foreground", "--port", str(other)).returncode == 3
    assert amun.status()["url"] == f"http://127.0.0.1:{port}"

    # a second service on the same database says so
    second = Amun(amun.home.parent / "second")
    try:
        begun = second("up", AMUN_DATABASE_URL=f"sqlite:///{amun.home / 'amun.sqlite'}")
        assert begun.returncode == 0
        assert "note: this database has a service already:" in begun.stderr
        assert "api" in begun.stderr
    finally:
        second("down")


def test_what_is_wrong_with_a_database_is_said_once(amun: Amun) -> None:
    assert amun("up").returncode == 0
    amun("down")
    database = amun.home / "amun.sqlite"
    for leftover in amun.home.glob("amun.sqlite-*"):
        leftover.unlink()
    with database.open("r+b") as stream:
        stream.write(os.urandom(4096))
    first, second = amun("up"), amun("up")
    assert first.returncode == second.returncode == 3
    assert first.stderr == second.stderr
    assert first.stderr.count("error[") <= 2
    assert "0001" not in first.stderr


def test_a_taken_port_is_passed_over_and_that_is_said(amun: Amun) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        begun = amun("up", AMUN_PORT=str(port))
        assert begun.returncode == 0, begun.stderr
        assert f"port {port} belongs to another program; took port" in begun.stderr
        assert begun.stdout != f"http://127.0.0.1:{port}\n"
        amun("down")
        refused = amun("up", "--port", str(port))
        assert refused.returncode == 3
        assert refused.stderr.startswith(f"error[A716]: port {port} of 127.0.0.1 belongs to")
        assert amun.pids() == set()


def test_stale_files_are_recognised(amun: Amun) -> None:
    amun.home.mkdir()
    own = psutil.Process()
    # a state file that names a pid that somebody else has by now: ours
    document = {
        "schema": "amun.local-service/1",
        "phase": "ready",
        "version": "0",
        "supervisor": {"pid": own.pid, "created": own.create_time() - 5000},
        "url": "http://127.0.0.1:1",
        "ports": {"api": free_port(), "redis": free_port()},
    }
    (amun.home / "service.json").write_text(json.dumps(document))
    (amun.home / "service.lock").write_text("")
    assert amun.status()["state"] == "died"
    begun = amun("up")
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout == f"http://127.0.0.1:{document['ports']['api']}\n"  # type: ignore[index]


def test_a_database_that_another_program_holds(amun: Amun) -> None:
    amun.home.mkdir()
    connection = sqlite3.connect(amun.home / "amun.sqlite")
    try:
        connection.execute("BEGIN EXCLUSIVE")
        begun = amun("up")
    finally:
        connection.close()
    assert begun.returncode == 3
    assert begun.stderr.startswith("error[A717]: the database"), begun.stderr
    assert f"pid {os.getpid()}" in begun.stderr
    assert amun.pids() == set()


def test_a_home_that_cannot_be_used(amun: Amun) -> None:
    amun.home.write_text("")
    begun = amun("up")
    assert begun.returncode == 3
    assert begun.stderr.startswith("error[A711]: the home folder")
    amun.home.unlink()
