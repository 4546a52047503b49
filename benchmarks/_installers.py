"""Installs a written lock with the installer that it is for, into a fresh environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from amun_core.specification import LockFormat

INSTALL_SECONDS = 1800
IMPORT_SECONDS = 300

#: What an environment of pipenv has before anything is installed.
_SEEDS = frozenset({"pip", "setuptools", "wheel"})

_LIST = """
import importlib.metadata, json
found = importlib.metadata.distributions()
print(json.dumps([[one.metadata["Name"], one.version] for one in found]))
"""

_IMPORT = """
import json, sys, traceback
try:
    __import__(sys.argv[1])
except BaseException as error:
    last = traceback.format_exception_only(type(error), error)
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    told = {"exception": last[0].strip(), "last_line": last[-1].strip(), "files": files}
    with open(sys.argv[2], "w") as out:
        json.dump(told, out)
    sys.exit(1)
"""


class InstallError(Exception):
    """The installer failed; the message is the end of what it said."""


@dataclass(frozen=True)
class Installer:
    """One way to install a lock. `install` takes the folder of the lock and returns the Python."""

    lock_format: LockFormat
    install: Callable[[Path], Path]
    seeds: frozenset[str] = frozenset()


def _uv_sync(folder: Path) -> Path:
    python = _empty_environment(folder)
    uv = [sys.executable, "-m", "uv", "pip", "sync", "--quiet", "--no-build"]
    _do([*uv, "--python", str(python), "pylock.toml"], folder)
    return python


def _pip_install(folder: Path) -> Path:
    python = _empty_environment(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    _do([*pip, "--require-hashes", "--only-binary", ":all:", "-r", "requirements.txt"], folder)
    return python


def _pipenv_sync(folder: Path) -> Path:
    pipenv = [sys.executable, "-m", "pipenv"]
    _do([*pipenv, "verify"], folder)
    _do([*pipenv, "sync", "--python", sys.executable], folder)
    return folder / ".venv" / "bin" / "python"


def _empty_environment(folder: Path) -> Path:
    target = folder / "environment"
    uv = [sys.executable, "-m", "uv", "venv", "--quiet"]
    _do([*uv, "--python", sys.executable, str(target)], folder)
    return target / "bin" / "python"


INSTALLERS = {
    "uv pip sync": Installer(LockFormat.PYLOCK, _uv_sync),
    "pip install --require-hashes": Installer(LockFormat.REQUIREMENTS, _pip_install),
    "pipenv sync": Installer(LockFormat.PIPFILE_LOCK, _pipenv_sync, _SEEDS),
}


def install(name: str, files: Mapping[str, str], folder: Path) -> Path:
    """Write the files of a lock to a folder and install it; the Python of what was made."""
    for filename, text in files.items():
        (folder / filename).write_text(text, encoding="utf-8")
    return INSTALLERS[name].install(folder)


def differences(name: str, python: Path, stack: Mapping[str, str]) -> dict[str, list[str | None]]:
    """Package -> [version in the lock, version installed], where they are not the same text."""
    done = _run([str(python), "-c", _LIST], python.parent)
    there = {canonicalize_name(one): version for one, version in json.loads(done.stdout)}
    for seed in INSTALLERS[name].seeds - stack.keys():
        there.pop(canonicalize_name(seed), None)
    return {
        one: [stack.get(one), there.get(canonicalize_name(one))]
        for one in sorted({*stack, *there})
        if stack.get(one) != there.get(canonicalize_name(one))
    }


def try_import(module: str, python: Path, folder: Path) -> dict[str, str] | None:
    """None where the import succeeds; else what was raised, and in which package."""
    told = folder / "import.json"
    command = [str(python), "-B", "-s", "-c", _IMPORT, module, str(told)]
    try:
        done = _run(command, folder, seconds=IMPORT_SECONDS)
    except subprocess.TimeoutExpired:
        return {"exception": f"no end within {IMPORT_SECONDS} s", "last_line": "", "raised_in": ""}
    if done.returncode == 0:
        return None
    if not told.exists():
        lines = done.stderr.strip().splitlines() or [""]
        ended = f"the process ended with {done.returncode}"
        return {"exception": ended, "last_line": lines[-1][:500], "raised_in": ""}
    found = json.loads(told.read_text(encoding="utf-8"))
    return {
        "exception": found["exception"].splitlines()[0][:500],
        "last_line": found["last_line"].splitlines()[-1][:500],
        "raised_in": next(filter(None, map(_package_of, reversed(found["files"]))), ""),
    }


def _package_of(filename: str) -> str:
    """The top package of a file in an environment; empty for any other file."""
    return filename.partition("/site-packages/")[2].partition("/")[0]


def _do(command: list[str], folder: Path) -> None:
    try:
        done = _run(command, folder)
    except subprocess.TimeoutExpired:
        raise InstallError(f"{command[2]}: no end within {INSTALL_SECONDS} s") from None
    if done.returncode:
        end = (done.stderr.strip() or done.stdout.strip()).splitlines()[-12:]
        raise InstallError("\n".join(end) or f"{command[2]} ended with {done.returncode}")


def _run(
    command: list[str], folder: Path, *, seconds: float = INSTALL_SECONDS
) -> subprocess.CompletedProcess[str]:
    variables = {
        **os.environ,
        # the lock decides: constraints and environments of this host have nothing to say
        "PIP_CONSTRAINT": os.devnull,
        # what was installed is looked at, and imported once at most
        "PIP_NO_COMPILE": "1",
        "PIPENV_IGNORE_VIRTUALENVS": "1",
        "PIPENV_VENV_IN_PROJECT": "1",
        "PIPENV_NOSPIN": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    variables.pop("VIRTUAL_ENV", None)
    return subprocess.run(
        command,
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
