"""`amun status` of a server that was named; what it says of one that is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from knowledge_graph.store import GraphStore


def amun(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "amun_client", *words],
        env={**os.environ, "AMUN_HOME": str(folder / "home"), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def spoken(served: SimpleNamespace) -> SimpleNamespace:
    engines = [{"name": "process", "usable": True, "why": ""}]
    with GraphStore(f"sqlite:///{served.database}") as store:
        store.save_host("h-1", {"hostname": "lab"})
        for name, detail in (
            ("measurer@h-1", {"pid": 7, "host": "lab", "engines": engines}),
            ("builder@h-2", {"pid": 8, "host": "lab", "quiet_seconds": 500.0}),
        ):
            store.service_beat(name, detail)
    return served


@pytest.mark.parametrize("way", ["before", "after", "environment"])
def test_the_server_that_was_named_is_shown(spoken, tmp_path, way):
    words = {
        "before": ["--server", spoken.url, "status"],
        "after": ["status", "--server", spoken.url],
        "environment": ["status"],
    }[way]
    named = {"AMUN_SERVER": spoken.url} if way == "environment" else {}
    shown = amun(tmp_path, *words, **named)
    assert (shown.returncode, shown.stderr) == (0, "")
    first, *lines = shown.stdout.splitlines()
    assert f" at {spoken.url} (" in first
    assert "no builder works" in first
    assert any(line.startswith("  measurer   works  on lab  pid 7  sign of") for line in lines)
    assert any("builder    hangs" in line and "stands still" in line for line in lines)
    assert "engine process on lab: usable" in lines
    assert any(line.startswith("host lab h-1") for line in lines)


def test_as_a_document(spoken, tmp_path):
    shown = json.loads(amun(tmp_path, "status", "--server", spoken.url, "--json").stdout)
    assert (shown["schema"], shown["url"]) == ("amun.server-status/1", spoken.url)
    assert (shown["ready"], shown["named_by"]) == (False, "--server")
    states = {one["name"]: one["state"] for one in shown["processes"]}
    assert (states["measurer@h-1"], states["builder@h-2"]) == ("works", "hangs")


def test_a_server_that_is_not_there_is_no_reason_to_start_one_here(tmp_path):
    for words in (["status"], ["inspection", "list"]):
        ended = amun(tmp_path, *words, AMUN_SERVER="http://127.0.0.1:1")
        assert ended.returncode == 3
        assert ended.stderr.startswith("error[A802]: http://127.0.0.1:1 (AMUN_SERVER) does not")
        assert "is the address right?" in ended.stderr
        assert "amun up" not in ended.stderr
        assert ended.stdout == ""


@pytest.mark.parametrize(
    "words",
    [["amun_client", "status"], ["amun_local", "status"], ["amun_local", "status", "--json"]],
)
@pytest.mark.parametrize("reader", ["true", "head -1", "head -c 1"])
def test_a_reader_that_goes_away_is_no_error(tmp_path, words, reader):
    command = f"{sys.executable} -m {' '.join(words)} | {reader} >/dev/null"
    ended = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "AMUN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_it_ends_quietly_for_a_named_server_too(spoken):
    command = f"{sys.executable} -m amun_client --server {spoken.url} status | true"
    ended = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ended.returncode, ended.stderr) == (0, "")
