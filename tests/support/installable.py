"""Wheels that installers install, served on loopback, and the installers beside ours."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from inspector.environments import find_uv
from tests.support.index_server import IndexServer, Served, metadata_of, wheel_of


def put(
    index: IndexServer,
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    python: str | None = None,
    answer: int = 42,
    requires: tuple[str, ...] = (),
) -> tuple[str, str]:
    """Put a wheel into the index; its file name and its sha256."""
    stem = name.replace("-", "_")
    metadata = metadata_of(name, version, requires, python=python)
    folder = f"{stem}-{version}.dist-info"
    content = wheel_of(
        name,
        version,
        metadata,
        members={f"{stem}.py": f"answer = {answer}\n".encode()},
        last={f"{folder}/RECORD": f"{stem}.py,,\n{folder}/METADATA,,\n{folder}/WHEEL,,\n".encode()},
    )
    filename = f"{stem}-{version}-{tag}.whl"
    index.projects.setdefault(name, {})[filename] = Served(content, metadata, python)
    return filename, hashlib.sha256(content).hexdigest()


def environment_without_settings() -> dict[str, str]:
    """Variables of this process without what pip and uv would read."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def uv_installs(folder: Path, file: Path, *arguments: str) -> set[str] | None:
    """Names of the .dist-info folders that uv makes of a lock; None where it refuses."""
    target = folder / "by-uv"
    command = [str(find_uv()), "pip", "install", "--target", str(target), "--no-deps"]
    command += ["--cache-dir", str(folder / "uv-cache"), "--python", sys.executable]
    return _installed(target, [*command, "-r", str(file), *arguments])


def pip_installs(folder: Path, file: Path, *arguments: str) -> set[str] | None:
    """The same by pip."""
    target = folder / "by-pip"
    command = [sys.executable, "-m", "pip", "install", "--target", str(target), "--no-deps"]
    return _installed(target, [*command, "--no-cache-dir", "-r", str(file), *arguments])


def _installed(target: Path, command: list[str]) -> set[str] | None:
    ended = subprocess.run(
        command,
        env=environment_without_settings(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if ended.returncode:
        return None
    return {path.name.removesuffix(".dist-info") for path in target.glob("*.dist-info")}
