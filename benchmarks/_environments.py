"""Environments for benchmarks: one for each list of requirements, made once and kept."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import platformdirs

#: What each framework is installed from.
FRAMEWORKS = {
    "numpy": "numpy",
    "tensorflow": "tensorflow-cpu==2.19.*",
    "torch": "torch==2.13.*",
}

#: Installed by pip, which knows of folders of wheels in the user's own settings.
_BY_PIP = {FRAMEWORKS["torch"]}


def cache() -> Path:
    """Where the benchmarks keep what they can use again."""
    return Path(platformdirs.user_cache_dir("amun", appauthor=False)) / "benchmarks"


def environment(framework: str) -> Path:
    """The interpreter of an environment with the framework."""
    return interpreter_with(FRAMEWORKS[framework])


def interpreter_with(*requirements: str) -> Path:
    """The interpreter of an environment with these requirements."""
    text = " ".join(requirements)
    key = hashlib.sha256(f"{text} {sys.version}".encode()).hexdigest()[:16]
    folder = cache() / key
    python = folder / "bin" / "python"
    complete = folder / "complete"
    if not complete.exists():
        print(f"making an environment with {text} ...", file=sys.stderr)
        uv = [sys.executable, "-m", "uv"]
        _do([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        _do([*_installer(python, requirements), *requirements])
        complete.touch()
    return python


def _installer(python: Path, requirements: tuple[str, ...]) -> list[str]:
    if _BY_PIP.isdisjoint(requirements):
        uv = [sys.executable, "-m", "uv", "pip", "install"]
        return [*uv, "--quiet", "--compile-bytecode", "--python", str(python)]
    return [sys.executable, "-m", "pip", "--quiet", "--python", str(python), "install"]


def _do(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"error: {' '.join(command)} failed:\n{done.stderr}")
