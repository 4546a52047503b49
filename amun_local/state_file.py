"""`HOME/service.json`: what runs, where, and since when; kept after the end to remember ports."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from amun_local.process_identity import ProcessIdentity

STATE_SCHEMA = "amun.local-service/1"


class Phase(StrEnum):
    """Where the local service is in its life."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """One process as the supervisor last saw it."""

    name: str
    pid: int | None = None
    created: float | None = None
    started_at: float | None = None
    restarts: int = 0
    last_end: str | None = None

    @property
    def identity(self) -> ProcessIdentity | None:
        """The process that is meant, if it was started."""
        return ProcessIdentity.from_record({"pid": self.pid, "created": self.created})


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The whole document."""

    phase: Phase
    version: str
    supervisor: ProcessIdentity | None = None
    url: str | None = None
    ports: dict[str, int] = field(default_factory=dict)
    processes: tuple[ProcessRecord, ...] = ()
    notes: tuple[str, ...] = ()
    failure: dict[str, Any] | None = None
    started_at: float | None = None

    def recorded(self) -> Iterator[ProcessIdentity]:
        """The supervisor and every process, living or not."""
        if self.supervisor is not None:
            yield self.supervisor
        for record in self.processes:
            if record.identity is not None:
                yield record.identity

    def ended(self, phase: Phase, failure: dict[str, Any] | None = None) -> ServiceState:
        """The state after the end: only what helps the next start is kept."""
        return replace(
            self, phase=phase, supervisor=None, url=None, processes=(), notes=(), failure=failure
        )


def read(path: Path) -> ServiceState | None:
    """The state in `path`; None where there is none, or one that is damaged or of another schema."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict) or document.get("schema") != STATE_SCHEMA:
        return None
    try:
        return ServiceState(
            phase=Phase(document["phase"]),
            version=str(document["version"]),
            supervisor=ProcessIdentity.from_record(document.get("supervisor")),
            url=document.get("url"),
            ports={str(name): int(port) for name, port in document.get("ports", {}).items()},
            processes=tuple(ProcessRecord(**record) for record in document.get("processes", ())),
            notes=tuple(document.get("notes", ())),
            failure=document.get("failure"),
            started_at=document.get("started_at"),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def write(path: Path, state: ServiceState) -> None:
    """Replace the state in one step: a reader sees the old or the new, never a part."""
    document = {"schema": STATE_SCHEMA, **asdict(state)}
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=1)
            stream.write("\n")
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def try_lock(path: Path) -> IO[bytes] | None:
    """Hold the lock file `path` until the returned stream is closed; None if another holds it.

    The kernel drops the lock with its holder, however that ended: a lock file is never stale.
    """
    stream = path.open("ab")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        return None
    return stream


def is_locked(path: Path) -> bool:
    """True while somebody holds the lock file `path`."""
    if not path.exists():
        return False
    with contextlib.closing(stream) if (stream := try_lock(path)) else contextlib.nullcontext():
        return stream is None
