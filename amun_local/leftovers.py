"""Processes of an earlier life of the service that outlived their supervisor."""

from __future__ import annotations

from pathlib import Path

import psutil

from amun_local.process_identity import end, with_descendants
from amun_local.state_file import ServiceState

#: Set in the environment of every process of the service, and inherited by what those start:
#: an orphan whose parents are all gone is found by it.
MARK = "AMUN_SERVICE_HOME"


def end_leftovers(state: ServiceState, folder: Path, *, grace_seconds: float = 5.0) -> list[str]:
    """End every process of the service in `folder` that still lives. Returns them in words.

    A pid that belongs to another program by now is left alone: its creation time differs.
    """
    recorded = [found for identity in state.recorded() if (found := identity.process())]
    processes = with_descendants([*recorded, *marked(folder)])
    descriptions = [_describe(process) for process in processes]
    end(processes, grace_seconds=grace_seconds)
    return descriptions


def marked(folder: Path) -> list[psutil.Process]:
    """The processes that carry the mark of the service in `folder`."""
    # our own ancestors may carry it, when a run of that very service starts `amun`
    exempt = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in exempt and _mark_of(process) == str(folder)
    ]


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # ended meanwhile, or another user's
        return None


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.name()} ({process.pid})"
    except psutil.Error:
        return str(process.pid)
