"""Processes of an earlier life of the service that outlived their supervisor."""

from __future__ import annotations

import psutil

from amun_local.process_identity import end, with_descendants
from amun_local.state_file import ServiceState


def end_leftovers(state: ServiceState, *, grace_seconds: float = 5.0) -> list[str]:
    """End every recorded process that still lives, with all below it. Returns them in words.

    A pid that belongs to another program by now is left alone: its creation time differs.
    """
    recorded = [found for identity in state.recorded() if (found := identity.process())]
    processes = with_descendants(recorded)
    descriptions = [_describe(process) for process in processes]
    end(processes, grace_seconds=grace_seconds)
    return descriptions


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.name()} ({process.pid})"
    except psutil.Error:
        return str(process.pid)
