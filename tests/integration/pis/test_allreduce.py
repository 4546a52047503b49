"""Sums over processes by gloo and by MPI, for real."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from pis import catalogue

pytestmark = [pytest.mark.framework, pytest.mark.network]

FRAMEWORKS = ["mpi4py", "torch"]


@pytest.fixture
def python(request: pytest.FixtureRequest, framework: str) -> Path:
    found: Path = request.getfixturevalue(f"{framework}_python")
    return found


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(("processes", "num_floats"), [(2, 1), (3, 5000), (4, 1_100_000)])
def test_a_sum(run, python: Path, framework: str, processes: int, num_floats: int) -> None:
    code, result, _ = run(
        python,
        framework,
        indicator="allreduce",
        processes=processes,
        num_floats=num_floats,
        reps=12,
    )
    assert (code, result["failure"]) == (0, None)
    assert len(result["samples"]["values"]) == 12
    assert result["check"]["passed"] is True
    facts, published = result["framework"], result["@result"]
    assert facts["processes"] == processes
    assert facts["transport"]
    assert published["bandwidth"] == pytest.approx(
        4 * num_floats * processes / published["elapsed"] / 1e6
    )


def test_the_values_stay_finite_for_as_many_iterations_as_there_are(
    run, torch_python: Path
) -> None:
    # without new vectors in good time 2^300 would have left float32 long ago
    code, result, _ = run(
        torch_python, "torch", indicator="allreduce", processes=2, num_floats=100, reps=300
    )
    assert (code, result["failure"]) == (0, None)
    assert result["check"]["maximum_error"] < 1e-5


def processes_of(folder: Path) -> list[int]:
    """The processes that were started in the folder and have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                inside = (entry / "cwd").readlink() == folder
            except OSError:  # it has ended, or is not ours
                continue
            if inside:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_process_outlives_a_run_that_is_killed(
    python: Path, framework: str, tmp_path: Path
) -> None:
    request = {
        "schema": "amun.run-request/1",
        "seed": 1,
        "indicator": {
            "name": "allreduce",
            "framework": framework,
            "parameters": {"reps": 1_000_000, "processes": 3},
        },
        "threads": 1,
    }
    (tmp_path / "request.json").write_text(json.dumps(request))
    inside = tmp_path / "inside"
    inside.mkdir()
    driver = f"{catalogue.folder()}/__main__.py"
    command = [str(python), "-B", driver, "run", f"{tmp_path}/request.json", f"{tmp_path}/result"]
    started = subprocess.Popen(
        command,
        cwd=inside,
        env={"PATH": os.defpath, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: len(processes_of(inside)) >= 3)
        time.sleep(2.0)  # into the sums
        assert started.poll() is None
    finally:
        started.kill()
        started.wait()
    wait_until(lambda: processes_of(inside) == [])


def wait_until(reached) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)
