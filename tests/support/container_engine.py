"""A container engine and a base image for the tests, without a registry.

`running_engine` uses the daemon that answers already, or starts one for the time of the tests.
`load_base_image` makes a small Debian with Python by mmdebstrap, once: the archive is kept in the
user's cache folder under the hash of its recipe. Nothing here runs at import.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs
from filelock import FileLock

BASE_IMAGE = "debian-python:bookworm"

#: What the base image is made of; another recipe is another archive.
RECIPE = (
    "mmdebstrap",
    "--variant=minbase",
    "--include=python3,python3-venv,python3-pip,ca-certificates",
    "bookworm",
)
START_SECONDS = 60.0
BUILD_SECONDS = 600.0
POLL_SECONDS = 0.1


class ContainerEngineMissingError(RuntimeError):
    """The container tests cannot run here; the message says what is missing."""


def daemon_answers(address: str | None = None) -> bool:
    """True if a daemon answers at `address`, or where the environment says."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    host = ["--host", address] if address else []
    try:
        answer = subprocess.run(
            [docker, *host, "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            check=False,
            timeout=20,
        )
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0 and bool(answer.stdout.strip())


@contextmanager
def running_engine() -> Iterator[str | None]:
    """A daemon for the time of the tests.

    Yields its address where one was started (DOCKER_HOST names it meanwhile, so that the engine
    under test finds it as it would find any), None where one answers already.
    """
    if daemon_answers():
        yield None
        return
    dockerd = shutil.which("dockerd") or shutil.which("dockerd", path="/usr/sbin:/sbin")
    if dockerd is None or shutil.which("docker") is None:
        raise ContainerEngineMissingError("no docker: apt-get install docker.io")
    if os.geteuid() != 0:
        raise ContainerEngineMissingError("no docker daemon answers, and only root can start one")
    with (
        tempfile.TemporaryDirectory(prefix="amun-dockerd-", ignore_cleanup_errors=True) as folder,
        _started(dockerd, Path(folder)) as address,
        _docker_host(address),
    ):
        yield address


@contextmanager
def _started(dockerd: str, folder: Path) -> Iterator[str]:
    address = f"unix://{folder / 'docker.sock'}"
    command = [
        dockerd,
        *("--iptables=false", "--bridge=none", "--storage-driver=overlay2"),
        *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
        *("--pidfile", str(folder / "docker.pid"), "-H", address),
    ]
    log = folder / "log"
    with log.open("wb") as output:
        daemon = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not daemon_answers(address):
            if daemon.poll() is not None or time.monotonic() > deadline:
                last = log.read_text(errors="replace").splitlines()[-3:]
                raise ContainerEngineMissingError("dockerd does not start: " + " | ".join(last))
            time.sleep(POLL_SECONDS)
        yield address
    finally:
        daemon.terminate()  # it ends its containers and its containerd first
        try:
            daemon.wait(30)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


@contextmanager
def _docker_host(address: str) -> Iterator[None]:
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = address
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("DOCKER_HOST", None)
        else:
            os.environ["DOCKER_HOST"] = before


def load_base_image() -> str:
    """The name of the base image, loaded into the daemon that answers."""
    known = _docker("image", "inspect", BASE_IMAGE, check=False)
    if known.returncode != 0:
        _docker("import", str(_archive()), BASE_IMAGE)
    return BASE_IMAGE


def _archive() -> Path:
    """The image as a tar, made once for each recipe."""
    name = hashlib.sha256("\0".join(RECIPE).encode()).hexdigest()[:16]
    folder = Path(platformdirs.user_cache_dir("amun", appauthor=False), "test-images")
    archive = folder / f"{name}.tar"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{archive}.lock"):  # the workers of a test run share it
        if not archive.is_file():
            _make(archive)
    return archive


def _make(archive: Path) -> None:
    if shutil.which(RECIPE[0]) is None:
        raise ContainerEngineMissingError("no mmdebstrap: apt-get install mmdebstrap")
    new = archive.with_suffix(".new.tar")
    try:
        made = subprocess.run(
            [*RECIPE, str(new)], capture_output=True, text=True, check=False, timeout=BUILD_SECONDS
        )
        if made.returncode:
            last = " | ".join(made.stderr.strip().splitlines()[-3:])
            raise ContainerEngineMissingError(f"mmdebstrap cannot make the base image: {last}")
        new.replace(archive)
    finally:
        with suppress(FileNotFoundError):
            new.unlink()


def _docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    docker = shutil.which("docker")
    if docker is None:
        raise ContainerEngineMissingError("no docker: apt-get install docker.io")
    return subprocess.run(
        [docker, *arguments], capture_output=True, check=check, timeout=BUILD_SECONDS
    )
