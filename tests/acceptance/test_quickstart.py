"""`make quickstart`: a real TensorFlow inspection from POST to the printed result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import Service

pytestmark = [pytest.mark.framework, pytest.mark.network]


def test_quickstart_prints_its_table_and_leaves_nothing_running(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "amun_local.quickstart"],
        env={**os.environ, "AMUN_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("tensorflow-cpu", "engine", "host", "GFLOPS", "95 %", "spread", "amun inspection"):
        assert word in done.stdout, done.stdout
    assert Service(home).leftovers() == []


def test_quickstart_says_why_it_fails(tmp_path: Path) -> None:
    file = tmp_path / "not-a-folder"
    file.write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "amun_local.quickstart"],
        env={**os.environ, "AMUN_HOME": str(file / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode not in {0, 130}
    assert "error" in done.stderr
    assert "Traceback" not in done.stderr
