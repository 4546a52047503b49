"""A study with NumPy: its client killed, its service restarted, the rest measured, the table read."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service

pytestmark = pytest.mark.network

VALUES, ROUNDS = ("16", "32"), 5
CELLS = len(VALUES) * ROUNDS


def words(lock: Path) -> list[str]:
    return ["study", "sizes", "--framework", "numpy", "--lock", str(lock), "--engine", "process",
            "--values", ",".join(VALUES), "--inspections", str(ROUNDS), "-p", "reps=20"]  # fmt: skip


def start(service: Service, lock: Path) -> subprocess.Popen[str]:
    command = [str(Path(sys.executable).with_name("amun")), *words(lock)]
    return subprocess.Popen(
        command, env=service.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def measured(service: Service) -> list[dict[str, Any]]:
    found = service.get("/inspections?label=study.id&limit=200")["inspections"]
    return [one for one in found if one["state"] == "succeeded"]


def until_some_are_measured(service: Service, number: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if len(measured(service)) >= number:
            return
        time.sleep(0.05)
    pytest.fail(f"fewer than {number} inspections were measured in time")


@pytest.fixture
def _interrupts() -> Iterator[None]:
    """Tests started in the background ignore SIGINT, and so would every process that they start."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


@pytest.mark.usefixtures("_interrupts")
def test_a_study_survives_its_client_and_its_service(
    new_service: Callable[..., Service], numpy_lock: str, tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(numpy_lock)
    service = new_service()
    service.up()

    client = start(service, lock)
    until_some_are_measured(service, 1)
    client.kill()
    client.communicate()
    service.down()
    service.up()

    client = start(service, lock)
    until_some_are_measured(service, 2)
    client.send_signal(signal.SIGINT)
    _, told = client.communicate(timeout=60)
    assert client.returncode == 130, told
    assert "the same command goes on" in told
    kept = {one["id"] for one in measured(service)}
    assert 2 <= len(kept) < CELLS

    plots = tmp_path / "plots"
    ended = service.amun(*words(lock), "--plots", str(plots), "--json")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert (report["measured"], report["planned"]) == (CELLS, CELLS)
    assert [group["rate_gflops"]["n"] for group in report["groups"]] == [ROUNDS, ROUNDS]

    every = measured(service)
    places = Counter((one["labels"]["study.round"], one["labels"]["study.value"]) for one in every)
    assert len(places) == CELLS
    assert set(places.values()) == {1}, "nothing that was there is measured again"
    assert kept <= {one["id"] for one in every}
    assert {path.suffix for path in plots.iterdir()} == {".html", ".svg", ".png"}

    rows = service.amun("study", "report", report["id"], "--format", "csv").stdout
    found = list(csv.DictReader(io.StringIO(rows)))
    assert [(row["matrix_size"], row["n"]) for row in found if row["measure"] == "rate_gflops"] == [
        (value, str(ROUNDS)) for value in VALUES
    ]
    assert float(found[0]["median"]) > 0
