"""Each process of the service says every few seconds that it lives, and how it fares."""

from __future__ import annotations

import contextlib
import os
import platform
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import structlog

from amun_core.errors import StorageError
from knowledge_graph.store import GraphStore

#: Time between two signs of life, s.
BEAT_SECONDS = 3.0


@contextlib.contextmanager
def signs_of_life(
    store: GraphStore,
    name: str,
    detail: Callable[[], Mapping[str, Any]],
    *,
    seconds: float = BEAT_SECONDS,
) -> Iterator[Callable[[], None]]:
    """Beat as NAME@HOST while the block runs. Yields a function that beats at once."""
    # several hosts may work on one database: each has its own builder and measurer
    named = f"{name}@{platform.node()}"
    ended = threading.Event()
    lock = threading.Lock()
    trouble = False

    def beat() -> None:
        nonlocal trouble
        with lock:
            try:
                store.service_beat(named, {"pid": os.getpid(), **detail()})
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
