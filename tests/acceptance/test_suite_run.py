"""A suite that is killed in the middle goes on where it was: nothing is measured twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service

pytestmark = pytest.mark.network
NewService = Callable[..., Service]

NAME = "deepbench.gemm.inference.device"
CASES = 13
KILLED_AFTER = 6
#: Small, so that the test is short: the rule's repeats give way, and rows say so.
OPTIONS = ("--framework", "numpy", "--budget", "3", "--engine", "process")


def of_cases(service: Service, **wanted: Any) -> list[dict[str, Any]]:
    parameters = {"label": f"amun.suite={NAME}", "limit": 200, **wanted}
    found: list[dict[str, Any]] = service.get("/inspections", params=parameters)["inspections"]
    return found


def killed_after(service: Service, lock: Path, cases: int) -> None:
    """Start `amun suite run` and end it by kill -9 once so many cases are in the graph."""
    command = [str(Path(sys.executable).with_name("amun")), "suite", "run", NAME, *OPTIONS]
    client = subprocess.Popen(
        [*command, "--lock", str(lock)],
        env=service.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 180
        while len(of_cases(service, state="succeeded")) < cases:
            assert client.poll() is None, "it ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        client.kill()
        client.wait(10)


@pytest.mark.timeout(400)
def test_killed_suite_measures_only_what_is_missing(
    new_service: NewService, numpy_lock: str, tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(numpy_lock)
    service = new_service()
    service.up()
    killed_after(service, lock, KILLED_AFTER)
    before = {one["id"] for one in of_cases(service)}
    assert KILLED_AFTER <= len(before) < CASES

    done = service.amun("suite", "run", NAME, *OPTIONS, "--lock", str(lock), "--json", seconds=300)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    states = Counter(row["state"] for row in document["rows"])
    assert states["measured"] + states["skipped"] == CASES, states
    assert states["measured"] > KILLED_AFTER
    for row in document["rows"]:
        (phase,) = row["phases"]
        if row["state"] == "measured":
            assert phase["time_ms"] > 0
            assert phase["tflops"] == pytest.approx(phase["flop"] / phase["time_ms"] / 1e9)
        else:
            assert phase["time_ms"] is None
            assert "predicted" in row["why"]

    inspections = of_cases(service)
    measured = Counter(one["labels"]["amun.suite.case"] for one in inspections)
    assert set(measured.values()) == {1}
    assert before <= {one["id"] for one in inspections}
    assert len(inspections) == states["measured"]
    shown = {row["phases"][0]["inspection_id"] for row in document["rows"]} - {None}
    assert shown == {one["id"] for one in inspections}

    again = service.amun("suite", "results", NAME, "--format", "csv")
    assert again.returncode == 0, again.stderr
    assert len(again.stdout.splitlines()) == 1 + CASES
    assert len(of_cases(service)) == len(inspections)


def test_killed_service_loses_no_case(
    new_service: NewService, numpy_lock: str, tmp_path: Path
) -> None:
    """The service is ended by kill -9 while a case is measured: the next run waits for that case."""
    lock = tmp_path / "requirements.txt"
    lock.write_text(numpy_lock)
    service = new_service(AMUN_LEASE_SECONDS="3", AMUN_REAP_INTERVAL_SECONDS="0.5")
    service.up()
    words = ("suite", "run", NAME, *OPTIONS, "--lock", str(lock), "--filter", "index=1,3")
    client = subprocess.Popen(
        [str(Path(sys.executable).with_name("amun")), *words],
        env=service.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while not of_cases(service):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        client.kill()
        client.wait(10)
        for entry in service.status()["processes"]:
            if entry["name"] in {"measurer", "builder"}:
                service.process(entry["name"]).kill()
    finally:
        client.kill()
        client.wait(10)
    done = service.amun(*words, "--json", seconds=200)
    assert done.returncode == 0, done.stderr
    assert [row["state"] for row in json.loads(done.stdout)["rows"]] == ["measured", "measured"]
    measured = Counter(one["labels"]["amun.suite.case"] for one in of_cases(service))
    assert dict(measured) == {"1": 1, "3": 1}
