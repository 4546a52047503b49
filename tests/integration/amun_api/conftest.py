"""The API as a process of its own, over real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from tests.support.databases import sqlite_copy, sqlite_template

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The API in a process of its own, with a database of its own below `tmp_path`."""
    folder = tmp_path / "template"
    folder.mkdir()
    sqlite_copy(sqlite_template(folder), tmp_path)
    port = free_port()
    log = tmp_path / "api.log"
    # no broker runs at this port: the API never asks one
    environment = {
        **os.environ,
        "AMUN_HOME": str(tmp_path),
        "AMUN_PORT": str(port),
        "AMUN_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "amun_api"], env=environment, stdout=stream, stderr=stream
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                requests.get(f"{url}/readyz", timeout=START_SECONDS).raise_for_status()
                break
            except requests.ConnectionError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        yield SimpleNamespace(
            url=url,
            port=port,
            process=process,
            log=log,
            database=tmp_path / "amun.sqlite",
            environment=environment,
        )
    finally:
        process.kill()
        process.wait(START_SECONDS)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[SimpleNamespace]:
    with serving(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """One for all tests of a module that leave it as it was."""
    with serving(tmp_path_factory.mktemp("shared")) as found:
        yield found
