"""Two versions compared as a person compares them: one command, a verdict, a gate."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service, lock_of

pytestmark = pytest.mark.network

VERDICT = re.compile(
    r"((?:slower|faster) only when the CPUs are shared: )?"
    r"(numpy 2\.0\.2 is \d+\.\d{3}x (slower|faster) than numpy 1\.26\.4"
    r"|numpy 1\.26\.4 and numpy 2\.0\.2 are equivalent within 2 %: ratio"
    r"|inconclusive(, direction (slower|faster))?: time of numpy 2\.0\.2 / time of numpy 1\.26\.4 is)"
    r".* \[\d+\.\d{3}, \d+\.\d{3}\] \(95 %\), 10 blocks(: about \d+ blocks would decide)?"
    r"(, (on a quiet host|(\d+ of 10 blocks )?while other work shared the CPUs))?"
)
MATMUL = ("--indicator", "matmul", "-p", "matrix_size=256", "-p", "reps=20", "--engine", "process")


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    shared = Service(Path(tempfile.mkdtemp(prefix="amun-acceptance-")))
    shared.up()
    yield shared
    shared.amun("down")
    shutil.rmtree(shared.home, ignore_errors=True)


@pytest.fixture(scope="module")
def compared(service: Service) -> dict[str, Any]:
    """Ten blocks of two versions of NumPy; the document, with what was said."""
    words = ("numpy==1.26.4", "numpy==2.0.2", *MATMUL)
    done = service.amun("compare", *words, "--max-blocks", "10", "--condition", "any", seconds=540)
    assert done.returncode == 0, done.stdout + done.stderr
    identity = re.search(r"^comparison +(\S+)$", done.stdout, re.MULTILINE)
    assert identity is not None, done.stdout
    document: dict[str, Any] = service.get(f"/comparisons/{identity[1]}")
    return {**document, "said": done.stdout, "story": done.stderr}


def test_the_answer_is_a_verdict_with_its_evidence(compared: dict[str, Any]) -> None:
    first = compared["said"].splitlines()[0]
    assert VERDICT.fullmatch(first), first
    assert "not calibrated: `amun calibrate`" in compared["said"]
    assert "numpy 1.26.4 -> 2.0.2  (what is compared)" in compared["said"]
    assert "resolving numpy==1.26.4 and numpy==2.0.2" in compared["story"]
    assert compared["low"] <= compared["ratio"] <= compared["high"]
    assert compared["blocks"] == 10


def test_every_block_is_four_fresh_runs(service: Service, compared: dict[str, Any]) -> None:
    shown = json.loads(service.amun("comparison", "blocks", compared["id"], "--json").stdout)
    assert [block["index"] for block in shown["blocks"]] == list(range(10))
    assert {block["order"] for block in shown["blocks"]} <= {"ABBA", "BAAB"}
    for arm in ("a", "b"):
        indexes = [index for block in shown["blocks"] for index in block[f"{arm}_runs"]]
        assert len(indexes) == len(set(indexes)) == 20


def test_the_gate_goes_by_the_near_end(service: Service, compared: dict[str, Any]) -> None:
    low, high = compared["low"], compared["high"]
    identity = compared["id"]

    def gate(word: str, limit: float) -> int:
        policy = f"{word}:{100 * (limit - 1):.4f}%"
        return service.amun("comparison", "show", identity, "--fail-on", policy).returncode

    word, near, far = ("slower", low, high) if high > 1.001 else ("faster", 1 / high, 1 / low)
    assert gate(word, far + 0.01) == 0
    assert gate(word, max(1.0005, (near + far) / 2)) == 6
    if near > 1.002:
        assert gate(word, 1 + (near - 1) / 2) == 1


def test_reports_of_the_same_comparison(service: Service, compared: dict[str, Any]) -> None:
    show = ("comparison", "show", compared["id"], "--format")
    root = ET.fromstring(service.amun(*show, "junit").stdout)  # noqa: S314
    assert root.find("./testsuite/testcase") is not None
    assert service.amun(*show, "markdown").stdout.startswith("<!-- amun:report:matmul:")
    assert service.amun(*show, "github").stdout.startswith("::notice title=amun::")


def test_stored_inspections_are_said_not_to_be_interleaved(
    service: Service, compared: dict[str, Any]
) -> None:
    ids = (compared["a"]["inspection_id"], compared["b"]["inspection_id"])
    done = service.amun("compare", *ids)
    assert done.returncode == 0, done.stderr
    assert "from stored runs, not interleaved" in done.stdout


def test_other_parameters_are_not_comparable(
    service: Service, compared: dict[str, Any], tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(lock_of("numpy==2.0.2"))
    parameters = ("--indicator", "matmul", "--framework", "numpy", "-p", "matrix_size=128")
    words = ("--lock", str(lock), *parameters, "--engine", "process", "--runs", "2", "--wait")
    done = service.amun("inspection", "submit", *words, "--json", seconds=240)
    assert done.returncode == 0, done.stderr
    other = json.loads(done.stdout)["inspection_id"]
    done = service.amun("compare", compared["a"]["inspection_id"], other)
    assert done.returncode == 8, done.stdout + done.stderr
    assert done.stdout.startswith("not comparable: ")


def test_what_no_stack_fulfils_starts_nothing(service: Service, compared: dict[str, Any]) -> None:
    done = service.amun("compare", "numpy==1.26.4", "numpy==999", *MATMUL)
    assert done.returncode == 7
    assert "no stack fulfils B (numpy==999)" in done.stderr
    listed = json.loads(service.amun("comparison", "list", "--json").stdout)["comparisons"]
    assert all("999" not in one["b"]["name"] for one in listed)
    assert compared["id"] in [one["id"] for one in listed]


def test_a_calibration_is_kept_with_the_host(service: Service) -> None:
    done = service.amun("calibrate", *MATMUL, "--blocks", "10", seconds=540)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of the comparisons of equal stacks end slower or faster" in done.stdout
    hosts = json.loads(service.amun("host", "list", "--json").stdout)["hosts"]
    assert len(hosts) == 1
    assert hosts[0]["calibrations"][0]["blocks"] == 10
    assert "false verdicts" in service.amun("host", "show", hosts[0]["id"]).stdout
