"""Waits for the end of an inspection, through restarts of the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from amun_client.api import Client
from amun_client.errors import ServerUnreachableError
from amun_core.states import InspectionState

#: A service that is restarted answers again within this time.
PATIENCE_SECONDS = 60.0

Document = dict[str, Any]


class Watcher(Protocol):
    """Is told what is seen while waiting."""

    def seen(self, document: Document, /) -> None:
        """The inspection or comparison as it is now."""

    def unreachable(self, error: ServerUnreachableError) -> None:
        """The service does not answer just now."""


def ended(inspection: Document) -> bool:
    """True where nothing will change any more."""
    return InspectionState(inspection["state"]).terminal


def wait_for_end(
    client: Client,
    identity: str,
    watcher: Watcher,
    *,
    interval_seconds: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Document:
    """Look again and again until the inspection ended; returns it.

    ServerUnreachableError once the service was silent for PATIENCE_SECONDS.
    """
    return look_until_end(
        lambda: client.inspection(identity),
        watcher,
        interval_seconds=interval_seconds,
        sleep=sleep,
        clock=clock,
    )


def look_until_end(
    look: Callable[[], Document],
    watcher: Watcher,
    *,
    interval_seconds: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    over: Callable[[Document], bool] = ended,
) -> Document:
    """`look` again and again until what it returns is over; returns that."""
    silent_since: float | None = None
    while True:
        try:
            seen = look()
        except ServerUnreachableError as error:
            silent_since = clock() if silent_since is None else silent_since
            if clock() - silent_since >= PATIENCE_SECONDS:
                raise
            watcher.unreachable(error)
        else:
            silent_since = None
            watcher.seen(seen)
            if over(seen):
                return seen
        sleep(interval_seconds)
