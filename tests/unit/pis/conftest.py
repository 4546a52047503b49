"""Runs of the driver in a fresh process, as an engine starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pis import catalogue


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it left behind."""

    code: int
    stdout: str
    stderr: str
    result: dict[str, Any]


Driver = Callable[..., Ended]


@pytest.fixture
def drive(tmp_path: Path) -> Driver:
    """Write a request, run the driver in an empty folder, read the result."""

    def _drive(*, environment: dict[str, str] | None = None, **request: Any) -> Ended:
        document = {
            "schema": "amun.run-request/1",
            "inspection_id": "inspection-1",
            "run_index": 4,
            "seed": 11,
            "indicator": None,
            "script": None,
            "expected": None,
            "allowed_extra": [],
            "threads": 1,
            "cpu_set": None,
            "limits": {"memory_bytes": None, "run_seconds": 60, "output_bytes": 65536},
            **request,
        }
        (tmp_path / "work").mkdir(exist_ok=True)
        (tmp_path / "request.json").write_text(json.dumps(document))
        result = tmp_path / "result.json"
        result.unlink(missing_ok=True)
        done = subprocess.run(
            [
                sys.executable,
                "-B",
                f"{catalogue.folder()}/__main__.py",
                "run",
                str(tmp_path / "request.json"),
                str(result),
            ],
            cwd=tmp_path / "work",
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        written = json.loads(result.read_text()) if result.exists() else {}
        return Ended(done.returncode, done.stdout, done.stderr, written)

    return _drive


@pytest.fixture
def matmul() -> Callable[..., dict[str, Any]]:
    """A small product on NumPy as the request names it."""

    def _matmul(**parameters: Any) -> dict[str, Any]:
        return {
            "name": "matmul",
            "framework": "numpy",
            "parameters": {"matrix_size": 32, "reps": 30, **parameters},
        }

    return _matmul
