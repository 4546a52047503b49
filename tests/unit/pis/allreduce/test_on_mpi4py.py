"""Where an MPI is looked for (the sum itself: integration tests)."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from pis.allreduce import on_mpi4py, sums
from pis.allreduce.on_mpi4py import AllreduceOnMpi4py
from pis.failures import RunFailedError

PARAMETERS = {"num_floats": 1000, "processes": 3, "seed": 1}


def launcher(folder: Path, name: str) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\nexit 7\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An interpreter's folder and a PATH, both empty."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path / "beside"


def test_the_launcher_of_the_environment_goes_first(beside: Path, tmp_path: Path) -> None:
    of_host = launcher(tmp_path / "path", "mpirun")
    assert on_mpi4py.find_launcher() == of_host
    by_another_name = launcher(beside, "mpiexec")
    assert on_mpi4py.find_launcher() == by_another_name
    of_environment = launcher(beside, "mpirun")
    assert on_mpi4py.find_launcher() == of_environment


def test_without_an_mpi_the_run_says_so(beside: Path) -> None:
    workload = AllreduceOnMpi4py({"num_floats": 4, "processes": 2}, 0)
    with pytest.raises(RunFailedError, match="no mpirun beside the interpreter") as caught:
        workload.measure(3)
    assert caught.value.reason == "indicator_unsupported"


def test_an_mpi_that_fails_is_told(
    beside: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    launcher(beside, "mpirun")
    monkeypatch.setattr(on_mpi4py.tempfile, "mkdtemp", lambda prefix: str(tmp_path / "made"))
    (tmp_path / "made").mkdir()
    workload = AllreduceOnMpi4py({"num_floats": 4, "processes": 2}, 0)
    with pytest.raises(RunFailedError, match="mpirun ended with 7") as caught:
        workload.measure(3)
    assert caught.value.reason == "run_crashed"
    assert not (tmp_path / "made").exists()


def test_one_wrong_number_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "BLOCK", 300)
    vectors = [np.concatenate(list(on_mpi4py._blocks(np, PARAMETERS, rank))) for rank in range(3)]
    assert not np.array_equal(vectors[0], vectors[1])
    total = vectors[0] + vectors[1] + vectors[2]
    assert on_mpi4py._error(np, PARAMETERS, total) <= sums.tolerance(3, 1)
    total[999] += np.float32(1e-4)
    assert on_mpi4py._error(np, PARAMETERS, total) > sums.tolerance(3, 1)
    total[999] = np.nan
    assert on_mpi4py._error(np, PARAMETERS, total) == np.inf
