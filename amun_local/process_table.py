"""Which processes the local service consists of, as data: a test puts others in their place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amun_core.settings import Settings

#: The hands, by their names in `python -m inspector NAME`.
HANDS = ("dispatcher", "builder", "measurer", "solver", "reaper")


@dataclass(frozen=True, slots=True)
class ManagedProcess:
    """One process of the service."""

    name: str
    command: tuple[str, ...]
    #: true once the process does its work; absent: as soon as it runs
    ready: Callable[[], bool] | None = None
    #: stopped after all others: they use it while they end
    stops_last: bool = False
    #: true while it answers; absent: it is not asked
    answers: Callable[[], bool] | None = None
    #: whether it writes signs of life into the database
    gives_signs: bool = False


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """Everything the supervisor starts, in order."""

    #: started first and waited for, e.g. Redis
    foundations: tuple[ManagedProcess, ...]
    #: run to its end before the rest starts; empty: nothing to migrate
    migration: tuple[str, ...]
    processes: tuple[ManagedProcess, ...]
    environment: Mapping[str, str]
    url: str
    ports: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    #: the signs of life of all processes; None while nobody can be asked
    signs: Callable[[], Sequence[dict[str, Any]] | None] = lambda: None
    lease_seconds: float = 30.0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all processes."""
        return tuple(process.name for process in (*self.foundations, *self.processes))


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of this installation.

    -P: a folder in the working directory that is named like a package of ours must not win.
    """
    return (sys.executable, "-P", "-m", name, *arguments)


def standard_processes(
    api_ready: Callable[[], bool], api_answers: Callable[[], bool]
) -> tuple[ManagedProcess, ...]:
    """The API and the hands."""
    return (
        ManagedProcess("api", module("amun_api"), ready=api_ready, answers=api_answers),
        *(ManagedProcess(name, module("inspector", name), gives_signs=True) for name in HANDS),
    )


def child_environment(
    environ: Mapping[str, str], settings: Settings, home: Path, *, port: int, broker_url: str
) -> dict[str, str]:
    """What the processes of the service get: ours is spelled out, the rest is inherited."""
    return {
        **environ,
        "AMUN_HOME": str(home),
        "AMUN_HOST": settings.host,
        "AMUN_PORT": str(port),
        "AMUN_BROKER_URL": broker_url,
        "AMUN_DATABASE_URL": settings.database_url or f"sqlite:///{home / 'amun.sqlite'}",
        "PYTHONUNBUFFERED": "1",
    }
