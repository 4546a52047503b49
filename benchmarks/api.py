"""Requests per second of the API against a bare Flask + SQLAlchemy application.

Both are served by waitress with the same options (one process, the same number of threads)
and loaded by the same client process over kept-alive loopback connections. Both keep SQLite
databases in one folder with the write-ahead log and synchronous = NORMAL. The bare application
stores the posted body with one ORM insert and reads one row by its key; the API checks, normalises
and hashes the document and writes inspection, event and outbox in one transaction, and writes its
line of log for each request. Rounds alternate between both in an order drawn by a coin; a ratio is
that of one round.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.report import print_report, spread
from knowledge_graph.database import upgrade

CONNECTIONS = 4
PACKAGES = 40
GOALS = {"post_small": 0.5, "post_lock": 0.4, "get_one": 0.7}

SMALL = {
    "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 512}},
    "runs": 6,
    "labels": {"purpose": "benchmark"},
}


def lock_document() -> dict[str, Any]:
    """A specification with a Pipfile.lock of 40 packages, two hashes and a marker each."""
    coin = random.Random(0)
    packages = {
        f"package-{number}": {
            "version": f"=={number}.{number % 7}.1",
            "hashes": [f"sha256:{coin.randbytes(32).hex()}" for _ in range(2)],
            "index": "public",
            "markers": "python_version >= '3.8'",
        }
        for number in range(PACKAGES)
    }
    source = {"name": "public", "url": "https://index.example/simple", "verify_ssl": True}
    meta = {
        "hash": {"sha256": coin.randbytes(32).hex()},
        "pipfile-spec": 6,
        "requires": {"python_version": "3.11"},
        "sources": [source],
    }
    locked = {"_meta": meta, "default": packages, "develop": {}}
    return {**SMALL, "python": {"requirements_locked": locked}}


@dataclass(frozen=True)
class Case:
    """What is asked of both in one kind of round."""

    name: str
    ours: dict[str, Any]
    bare: dict[str, Any]


@contextmanager
def server(command: list[str], environment: dict[str, str], port: int, log: Path) -> Iterator[None]:
    """A server process, ready to answer; ended by its process id."""
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stderr=stream, stdout=stream)
        try:
            deadline = time.monotonic() + 30
            while not answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{command} did not start:\n{log.read_text()}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(30)


def answers(port: int) -> bool:
    """True once something answers at `port`."""
    try:
        return bool(requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code)
    except requests.ConnectionError:
        return False


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def both_servers(folder: Path) -> Iterator[tuple[int, int]]:
    """The API and the bare application, each with its database in `folder`: their ports."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("AMUN_")}
    ours, bare = free_port(), free_port()
    upgrade(f"sqlite:///{folder / 'amun.sqlite'}")
    environment = {**clean, "AMUN_HOME": str(folder), "AMUN_PORT": str(ours)}
    script = str(Path(__file__).with_name("_bare_app.py"))
    with ExitStack() as stack:
        stack.enter_context(
            server([sys.executable, "-m", "amun_api"], environment, ours, folder / "api.log")
        )
        stack.enter_context(
            server(
                [sys.executable, script, str(folder / "bare.sqlite"), str(bare)],
                clean,
                bare,
                folder / "bare.log",
            )
        )
        yield ours, bare


def cases(ours: int, bare: int, count: int) -> list[Case]:
    """The three kinds of rounds."""
    found = []
    for name, document in (("post_small", SMALL), ("post_lock", lock_document())):
        order = {
            "method": "POST",
            "body": json.dumps(document),
            "requests": count,
            "status": 202,
            "connections": CONNECTIONS,
        }
        found.append(
            Case(
                name,
                {**order, "port": ours, "path": "/api/v1/inspections"},
                {**order, "port": bare, "path": "/stored"},
            )
        )
    shown = requests.post(f"http://127.0.0.1:{ours}/api/v1/inspections", json=SMALL, timeout=30)
    stored = requests.post(f"http://127.0.0.1:{bare}/stored", json=SMALL, timeout=30)
    read = {"method": "GET", "requests": count, "status": 200, "connections": CONNECTIONS}
    found.append(
        Case(
            "get_one",
            {**read, "port": ours, "path": f"/api/v1/inspections/{shown.json()['id']}"},
            {**read, "port": bare, "path": f"/stored/{stored.json()['id']}"},
        )
    )
    return found


class Client:
    """The client process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("_load.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def rate(self, order: dict[str, Any]) -> float:
        """Requests per second of one order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("the client ended early")
        return float(answer)

    def close(self) -> None:
        """End the client."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def measure(client: Client, case: Case, rounds: int, coin: random.Random) -> dict[str, Any]:
    """All rounds of one case."""
    for order in (case.ours, case.bare):
        client.rate(order)  # warm: caches of statements, connections of the pool
    ours, bare = [], []
    for _ in range(rounds):
        if coin.random() < 0.5:
            ours.append(client.rate(case.ours))
            bare.append(client.rate(case.bare))
        else:
            bare.append(client.rate(case.bare))
            ours.append(client.rate(case.ours))
    ratios = [mine / other for mine, other in zip(ours, bare, strict=True)]
    print(f"{case.name}: ratio {statistics.median(ratios):.3f}", file=sys.stderr)
    return {
        "ratio": spread(ratios),
        "goal": GOALS[case.name],
        "amun_requests_per_s": spread(ours),
        "bare_requests_per_s": spread(bare),
    }


def main() -> int:
    """Measure and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=150, help="of each connection in a round")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    coin = random.Random(options.seed)
    details: dict[str, Any] = {
        "server": "waitress, 1 process, 8 threads, both",
        "database": "SQLite, write-ahead log, synchronous = NORMAL, both",
        "connections": CONNECTIONS,
        "lock_packages": PACKAGES,
    }
    client = Client()
    with tempfile.TemporaryDirectory() as folder, both_servers(Path(folder)) as (ours, bare):
        for case in cases(ours, bare, options.requests):
            details[case.name] = measure(client, case, options.rounds, coin)
        client.close()
    ratios = {name: details[name]["ratio"]["median"] for name in GOALS}
    print_report(
        name="api",
        value=ratios["post_small"],
        unit="1",
        goal="requests/s over the bare application's: POST small >= 0.5, POST with a 40-package "
        "lock >= 0.4, GET one >= 0.7",
        holds=all(ratios[name] >= goal for name, goal in GOALS.items()),
        compared_with="bare Flask + SQLAlchemy: one ORM insert of the same body, one ORM read",
        details=details,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
