"""`make wheel`: what is installed from the wheel alone, away from the clone, works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def installed(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel brings; the dependencies are those of this interpreter."""
    built = subprocess.run(
        ["make", "--no-print-directory", "wheel"],
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    wheel = project_root / built.stdout.splitlines()[-1]
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", str(folder), str(wheel)], check=True, timeout=300)
    assert not (project_root / "build").exists()
    return folder


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--version",), "amun "),
        (("indicator", "list"), "matmul"),
        (("suite", "list"), "deepbench.gemm.training"),
        (("stack", "--help"), "amun stack"),
    ],
)
def test_the_wheel_is_enough(
    installed: Path, tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(installed),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    told = subprocess.run(
        [sys.executable, "-P", "-m", "amun_client", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert expected in told.stdout
    where = "import amun_client, pis; print(amun_client.__file__, pis.__file__)"
    found = subprocess.run(
        [sys.executable, "-P", "-c", where],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.count(str(installed)) == 2
