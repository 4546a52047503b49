"""What carries our name in a container engine: labels, container names, image tags, guards.

Only things that carry the label of our installation are ever removed. A container of a run says
whose it is by inspection and fence; one that helps with a build or a trial says which worker
started it: that worker holds a lock on its guard file for as long as it lives, so whoever can take
the lock knows that the worker is gone, whatever process numbers say.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from inspector.engines.base import RunLabels

LABEL_INSTALLATION = "org.amun.installation"
LABEL_INSPECTION = "org.amun.inspection"
LABEL_FENCE = "org.amun.fence"
LABEL_RUN = "org.amun.run"
LABEL_GUARD = "org.amun.guard"
LABEL_ENVIRONMENT = "org.amun.environment"


def label_arguments(labels: dict[str, str]) -> list[str]:
    """`--label` for each."""
    return [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]


def run_labels(labels: RunLabels, guard: Guard) -> dict[str, str]:
    """The labels of a run's container."""
    return {
        LABEL_GUARD: guard.name,
        LABEL_INSTALLATION: labels.installation_id,
        LABEL_INSPECTION: labels.inspection_id,
        LABEL_FENCE: str(labels.fence),
        LABEL_RUN: str(labels.run_index),
    }


def container_name(*parts: object) -> str:
    """A name that people can read and that no other container has."""
    readable = re.sub(r"[^a-z0-9-]+", "-", "-".join(map(str, parts)).lower()).strip("-")
    return f"amun-{readable[:80]}-{secrets.token_hex(4)}"


def image_tag(environment_key: str) -> str:
    """The local name of the image that holds an environment."""
    return f"amun-environment:{environment_key.rpartition(':')[2][:64]}"


class Guard:
    """A lock file that says, for as long as this process lives, that its containers are in use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._file = -1
        self._owner = 0

    @property
    def name(self) -> str:
        """The guard's name, for a label. The lock is taken when it is first asked for."""
        if self._owner != os.getpid():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._name = secrets.token_hex(8)
            self._file = os.open(self._folder / self._name, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._owner = os.getpid()
        return self._name

    def alive(self, name: str) -> bool:
        """True while the process that made the guard `name` lives."""
        if name == self._name:
            return True
        if not re.fullmatch(r"[0-9a-f]{16}", name):
            return False
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        with suppress(FileNotFoundError):
            path.unlink()
        return False
