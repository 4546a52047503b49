"""Which processes of the service live and do nothing: stopped, silent, or hanging at their work.

The hands give signs of life into the database, read here by the API; the API and Redis are asked
themselves. A process is ended and started again only if two looks in a row found it so: after the
machine slept, or its clock was set, every sign is old for a moment.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil

from amun_core.signs import Working, bound_seconds, quiet_seconds, role_of, working
from amun_local.child import Child

Sign = dict[str, Any]
#: The signs of life of all processes; None where nobody can be asked for them.
Signs = Callable[[], Sequence[Sign] | None]

#: Work that stands still is given more time than a process that is silent: it may be at one long step.
HANGING_PATIENCE = 3.0
#: A process that has given no sign yet may still start, s.
STARTING_SECONDS = 120.0


def sign_of(name: str, pid: int | None, signs: Sequence[Sign]) -> Sign | None:
    """The sign of life of the process `pid` of role `name`; another host's or an older one is not it."""
    here = platform.node()
    for sign in signs:
        detail = sign.get("detail")
        if (
            isinstance(detail, dict)
            and role_of(str(sign.get("name"))) == name
            and detail.get("pid") == pid
            and detail.get("host", here) == here
        ):
            return sign
    return None


def _speaks_for(name: str, signs: Sequence[Sign], bound: float) -> bool:
    """Whether another process of this role speaks for this host: two services here share its signs."""
    here = platform.node()
    return any(
        role_of(str(sign.get("name"))) == name
        and (sign.get("detail") or {}).get("host", here) == here
        and float(sign["age_seconds"]) <= bound
        for sign in signs
    )


def is_stopped(process: psutil.Process) -> bool:
    """True while a signal keeps the process from doing anything."""
    try:
        return process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
    except psutil.Error:
        return False


def fares(sign: Sign, lease_seconds: float) -> Working:
    """How the process of `sign` fares."""
    return working(float(sign["age_seconds"]), sign.get("detail") or {}, lease_seconds)


class Watch:
    """Looks again and again at the children of one supervisor."""

    def __init__(
        self,
        lease_seconds: float,
        signs: Signs,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lease_seconds = lease_seconds
        self._signs = signs
        self._clock = clock
        #: pid -> since when it did not answer
        self._silent: dict[int, float] = {}
        self._suspected: set[int] = set()

    def look(self, children: Sequence[Child]) -> list[tuple[Child, str]]:
        """The children to be ended, each with the reason in words."""
        signs = self._signs() or ()
        found = [
            (child, why)
            for child in children
            if child.pid is not None and (why := self._why(child, child.pid, signs)) is not None
        ]
        pids = {child.pid for child in children}
        suspected = {child.pid for child, _ in found if child.pid is not None}
        again = suspected & self._suspected
        self._suspected = suspected
        self._silent = {pid: since for pid, since in self._silent.items() if pid in pids}
        return [(child, why) for child, why in found if child.pid in again]

    def _why(self, child: Child, pid: int, signs: Sequence[Sign]) -> str | None:
        bound = bound_seconds(self._lease_seconds)
        if child.managed.answers is not None:
            if child.managed.answers():
                self._silent.pop(pid, None)
                return None
            since = self._silent.setdefault(pid, self._clock())
            quiet = self._clock() - since
            return f"did not answer for {quiet:.0f} s" if quiet >= bound else None
        sign = sign_of(child.name, pid, signs)
        if sign is None:
            late = child.managed.gives_signs and child.age_seconds > max(STARTING_SECONDS, bound)
            if late and signs and not _speaks_for(child.name, signs, bound):
                return f"gave no sign of life in {child.age_seconds:.0f} s"
            return None
        age = float(sign["age_seconds"])
        if age > bound:
            return f"gave no sign of life for {age:.0f} s"
        quiet = quiet_seconds(age, sign.get("detail") or {})
        if quiet > HANGING_PATIENCE * bound:
            return f"stood still for {quiet:.0f} s"
        return None
