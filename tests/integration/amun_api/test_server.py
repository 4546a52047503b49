"""The API as a process of its own, over real sockets."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import requests

from amun_core.specification import MAXIMUM_BODY_BYTES

START_SECONDS = 60


def test_it_serves_without_a_broker_logs_json_and_ends_on_sigterm(served):
    answer = requests.post(
        f"{served.url}/api/v1/inspections?secret=hunter2", json={"script": "print(1)"}, timeout=30
    )
    assert answer.status_code == 202
    assert answer.json()["url"] == served.url + answer.headers["Location"]
    shown = requests.get(answer.json()["url"], timeout=30).json()
    assert shown["state"] == "accepted"
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(START_SECONDS) == 0
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    posts = [line for line in lines if line.get("method") == "POST"]
    assert [(line["action"], line["status"]) for line in posts] == [("request", 202)]
    assert "hunter2" not in served.log.read_text()
    assert [line for line in lines if line["level"] == "error"] == []


def test_foreign_hosts_and_origins_are_refused_on_the_wire(served):
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        answer = requests.post(
            f"{served.url}/api/v1/inspections", json={}, headers=headers, timeout=30
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "A704")


def test_a_chunked_body_beyond_the_bound_is_cut_off(served):
    def pieces() -> Iterator[bytes]:
        for _ in range(MAXIMUM_BODY_BYTES // 65536 + 2):
            yield b" " * 65536

    answer = requests.post(
        f"{served.url}/api/v1/inspections",
        data=pieces(),
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "A705")


def test_a_database_locked_by_another_program_is_a_503_and_nothing_is_lost(served):
    other = sqlite3.connect(served.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        answer = requests.post(
            f"{served.url}/api/v1/inspections", json={"script": "print(1)"}, timeout=60
        )
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "A400")
    assert "locked by another program" in answer.json()["detail"]
    listed = requests.get(f"{served.url}/api/v1/inspections", timeout=30).json()
    assert listed["inspections"] == []
    again = requests.post(
        f"{served.url}/api/v1/inspections", json={"script": "print(1)"}, timeout=30
    )
    assert again.status_code == 202


def test_it_does_not_listen_beyond_loopback_without_tokens(tmp_path):
    refused = subprocess.run(
        [sys.executable, "-m", "amun_api"],
        env={**os.environ, "AMUN_HOME": str(tmp_path), "AMUN_HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith("error[A110]: AMUN_HOST: the API does not listen on")
    assert "AMUN_API_TOKEN_FILE" in refused.stderr
