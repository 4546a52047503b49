"""Outbox to broker: makes what was accepted claimable, and wakes the workers who may take it.

A hint that the broker does not take is dropped: workers look into the table by themselves as well.
So no broker that is full, away or started anew stops the work, and nothing piles up for it.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Protocol

import structlog

from amun_core.errors import StorageError
from amun_core.settings import Settings
from amun_core.states import AttemptKind
from inspector.drain import Drain
from inspector.hints import AWAY_SECONDS, BrokerError, queue_of
from knowledge_graph.store import GraphStore

#: Hints taken from the outbox at once.
BATCH = 100
#: Pauses between two tries while the database is away, s.
PAUSES = (0.1, 0.2, 0.5, 1.0)


class Publisher(Protocol):
    """Whatever hands hints to the workers."""

    def put(self, queue: str, hints: int = 1) -> None:
        """Wake workers of this queue. Raises BrokerError, within seconds, if the broker is away."""


class Dispatcher:
    """Queues what was accepted, and carries hints from the outbox to the broker."""

    def __init__(self, store: GraphStore, publisher: Publisher, settings: Settings) -> None:
        self._store = store
        self._publisher = publisher
        self._settings = settings
        self._announced_at = time.monotonic()
        self._broker_asked_at = float("-inf")
        self._broker_away = False
        self.published = 0
        self.trouble = ""

    def once(self) -> int:
        """Deal with what waits in the outbox; returns how many rows."""
        messages = self._store.pending_outbox(BATCH)
        if not messages:
            return 0
        builds = [one.inspection_id for one in messages if one.kind is AttemptKind.BUILD]
        if builds:  # queued before the hint: a quick builder must find it claimable
            self._store.mark_queued(builds)
        self._wake(Counter(queue_of(one.kind, one.host_id) for one in messages))
        self._store.mark_published([one.outbox_id for one in messages])
        self.published += len(messages)
        return len(messages)

    def announce(self) -> int:
        """Wake the workers for whom something waits; returns how many queues."""
        self._announced_at = time.monotonic()
        queues = self._store.waiting_queues()
        self._wake(Counter(queue_of(kind, host_id) for kind, host_id in queues))
        return len(queues)

    def loop(self, drain: Drain) -> None:
        """Dispatch until the drain starts; trouble is logged when it begins and when it ends."""
        failures = 0
        while not drain.started():
            try:
                handled = self.once()
                if time.monotonic() - self._announced_at >= self._settings.redeliver_seconds:
                    self.announce()
            except StorageError as error:
                self._begin_trouble("database", error)
                drain.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
                continue
            failures = 0
            if self.trouble and not self._broker_away:
                self._end_trouble()
            if handled < BATCH:
                drain.wait(self._settings.dispatch_interval_seconds)

    def _wake(self, queues: Counter[str]) -> None:
        """Put hints into these queues; not tried while the broker was away a moment ago."""
        if self._broker_away and time.monotonic() - self._broker_asked_at < AWAY_SECONDS:
            return
        self._broker_asked_at = time.monotonic()
        try:
            for queue, hints in sorted(queues.items()):
                self._publisher.put(queue, hints)
        except BrokerError as error:
            self._broker_away = True
            self._begin_trouble("broker", error)
        else:
            self._broker_away = False

    def _begin_trouble(self, where: str, error: Exception) -> None:
        if not self.trouble:
            _log().error("dispatch_interrupted", where=where, error=str(error))
        self.trouble = f"{where}: {error}"

    def _end_trouble(self) -> None:
        _log().info("dispatch_resumed")
        self.trouble = ""


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
