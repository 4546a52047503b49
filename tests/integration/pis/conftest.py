"""Environments with the real frameworks, made once and kept in a cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from filelock import FileLock

from pis import catalogue

#: Names the folder that keeps the environments between sessions.
CACHE_VARIABLE = "PIS_TEST_CACHE"

REQUIREMENTS = {
    "jax": "jax==0.10.*",
    "mpi4py": "mpi4py==4.1.* mpich==5.0.* numpy==2.4.*",
    "onnx": "onnx==1.23.* onnxruntime==1.31.*",
    "onnxruntime": "onnxruntime==1.31.*",
    "pyperformance": "pyperformance==1.14.*",
    "scipy": "scipy==1.17.*",
    "tensorflow": "tensorflow-cpu==2.19.*",
    "torch": "torch==2.13.0",
}

Run = Callable[..., tuple[int, dict[str, Any], str]]


def interpreter(framework: str) -> Path:
    """The interpreter of an environment that has the framework and what it needs, nothing else."""
    cache = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("amun", appauthor=False)
    requirement = REQUIREMENTS[framework]
    key = hashlib.sha256(f"{requirement} {sys.version}".encode()).hexdigest()[:16]
    folder = Path(cache) / "frameworks" / key
    python = folder / "bin" / "python"
    complete = folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):  # the workers of a test run share the environments
        if not complete.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            subprocess.run([*_installer(framework, python), *requirement.split()], check=True)
            complete.touch()
    return python


def _installer(framework: str, python: Path) -> list[str]:
    """What installs into that interpreter's environment."""
    # pip reads find-links of the user's configuration: a build of torch for CPUs may lie there
    if framework == "torch":
        return [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode",
            "--python", str(python)]  # fmt: skip


@pytest.fixture(scope="session")
def jax_python() -> Path:
    """An interpreter with JAX."""
    return interpreter("jax")


@pytest.fixture(scope="session")
def mpi4py_python() -> Path:
    """An interpreter with mpi4py, NumPy and an MPI."""
    return interpreter("mpi4py")


@pytest.fixture(scope="session")
def onnx_python() -> Path:
    """An interpreter with ONNX Runtime, and with the package that knows what a model must be."""
    return interpreter("onnx")


@pytest.fixture(scope="session")
def onnxruntime_python() -> Path:
    """An interpreter with ONNX Runtime."""
    return interpreter("onnxruntime")


@pytest.fixture(scope="session")
def pyperformance_python() -> Path:
    """An interpreter with pyperformance."""
    return interpreter("pyperformance")


@pytest.fixture(scope="session")
def scipy_python() -> Path:
    """An interpreter with SciPy."""
    return interpreter("scipy")


@pytest.fixture(scope="session")
def tensorflow_python() -> Path:
    """An interpreter with TensorFlow."""
    return interpreter("tensorflow")


@pytest.fixture(scope="session")
def torch_python() -> Path:
    """An interpreter with PyTorch and without NumPy."""
    return interpreter("torch")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run an indicator with an interpreter; returns exit code, result document, standard output."""

    def _run(
        python: Path,
        framework: str,
        expected: Any = None,
        indicator: str = "matmul",
        threads: int = 2,
        **parameters: Any,
    ) -> tuple[int, dict[str, Any], str]:
        request = {
            "schema": "amun.run-request/1",
            "seed": 1,
            "indicator": {"name": indicator, "framework": framework, "parameters": parameters},
            "expected": expected,
            "allowed_extra": ["pip", "setuptools"],
            "threads": threads,
        }
        (tmp_path / "request.json").write_text(json.dumps(request))
        driver = f"{catalogue.folder()}/__main__.py"
        result = tmp_path / "result.json"
        done = subprocess.run(
            [str(python), "-B", driver, "run", str(tmp_path / "request.json"), str(result)],
            cwd=tmp_path,
            env={"PATH": os.defpath, "TF_CPP_MIN_LOG_LEVEL": "2"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.exists(), done.stderr
        return done.returncode, json.loads(result.read_text()), done.stdout

    return _run


@pytest.fixture
def frozen() -> Callable[[Path], list[list[str]]]:
    """What pip says is installed for an interpreter, without the tools: a lock of its own."""

    def _frozen(python: Path) -> list[list[str]]:
        done = subprocess.run(
            [str(python), "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"],
            capture_output=True,
            text=True,
            check=True,
        )
        found = [[entry["name"], entry["version"]] for entry in json.loads(done.stdout)]
        return [pair for pair in found if pair[0] not in ("pip", "setuptools")]

    return _frozen
