"""Each process of the service says every few seconds that it lives, and how it fares.

A sign of life is named ROLE@HOST_ID: two hosts of one name are two. Beside what the process tells of
itself it has `pid`, `host` (its name), `host_id`, and `quiet_seconds`: the time since the work of the
process last asked whether it shall end. That grows where the work hangs, though this thread lives.
"""

from __future__ import annotations

import contextlib
import os
import platform
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import structlog

from amun_core.errors import StorageError
from amun_core.settings import Settings
from inspector import host
from inspector.drain import Drain
from knowledge_graph.store import GraphStore

#: Time between two signs of life, s.
BEAT_SECONDS = 3.0


@dataclass(frozen=True)
class Speaker:
    """The process that speaks, and where it does."""

    role: str
    host_id: str
    drain: Drain

    @classmethod
    def of(cls, role: str, settings: Settings, drain: Drain) -> Self:
        """The process of this role, on this host."""
        return cls(role, host.host_id(settings.home), drain)

    @property
    def name(self) -> str:
        """The name of its signs of life."""
        return f"{self.role}@{self.host_id}"

    def facts(self) -> dict[str, Any]:
        """What every process says of itself."""
        return {
            "pid": os.getpid(),
            "host": platform.node(),
            "host_id": self.host_id,
            "quiet_seconds": round(self.drain.quiet_seconds, 1),
        }


@contextlib.contextmanager
def signs_of_life(
    store: GraphStore,
    speaker: Speaker,
    detail: Callable[[], Mapping[str, Any]],
    *,
    seconds: float = BEAT_SECONDS,
) -> Iterator[Callable[[], None]]:
    """Beat while the block runs. Yields a function that beats at once."""
    ended = threading.Event()
    lock = threading.Lock()
    trouble = False

    def beat() -> None:
        nonlocal trouble
        with lock:
            try:
                store.service_beat(speaker.name, {**speaker.facts(), **detail()})
                trouble = False
            except StorageError as error:
                if not trouble:
                    structlog.get_logger(__name__).warning("no_sign_of_life", error=str(error))
                trouble = True

    def keep_beating() -> None:
        beat()
        while not ended.wait(seconds):
            beat()

    thread = threading.Thread(target=keep_beating, name="signs-of-life", daemon=True)
    thread.start()
    try:
        yield beat
    finally:
        ended.set()
        thread.join()
