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
