"""Outbox to broker: publishes hints, loses none while the broker is away.

A hint may be published twice (the dispatcher may die between the broker and the mark): harmless,
since the database decides who works on what.
"""

from __future__ import annotations

import time
from typing import Protocol

import structlog
from celery import Celery

from amun_core.errors import StorageError
from amun_core.settings import Settings
from amun_core.states import AttemptKind
from inspector.celery_app import BROKER_TIMEOUT, PUBLISHED_AT, QUEUES, TASKS
from inspector.drain import Drain
from knowledge_graph.records import OutboxMessage
from knowledge_graph.store import GraphStore

#: Hints taken from the outbox at once.
BATCH = 100
#: Pauses between two tries while the broker or the database is away, s.
PAUSES = (0.1, 0.2, 0.5, 1.0)


class BrokerError(Exception):
    """The broker does not take a message just now."""


class Publisher(Protocol):
    """Whatever hands a hint to the workers."""

    def publish(self, kind: AttemptKind, inspection_id: str) -> None:
        """Hand over one hint. Raises BrokerError, within seconds, if the broker is away."""


class CeleryPublisher:
    """Publishes by Celery, without waiting and without retries: the outbox is the retry."""

    def __init__(self, application: Celery) -> None:
        self._application = application

    def connect(self) -> None:
        """Reach the broker before the first hint waits for it; no matter if it is away."""
        acquired = self._application.producer_or_acquire
        try:
            with acquired() as producer:  # type: ignore[no-untyped-call]
                producer.connection.ensure_connection(max_retries=0, timeout=BROKER_TIMEOUT)
                producer.channel.client.ping()
        except Exception as error:  # kombu lets many kinds of error through
            structlog.get_logger(__name__).info("broker_away", error=str(error))

    def publish(self, kind: AttemptKind, inspection_id: str) -> None:
        """Send the task of this kind with the id as its one argument."""
        try:
            self._application.send_task(  # type: ignore[no-untyped-call]
                TASKS[kind],
                args=(inspection_id,),
                queue=QUEUES[kind],
                retry=False,
                ignore_result=True,
                headers={PUBLISHED_AT: time.time()},
            )
        except Exception as error:  # kombu lets many kinds of error through
            raise BrokerError(f"{type(error).__name__}: {error}") from error


class Dispatcher:
    """Carries hints from the outbox to the broker."""

    def __init__(self, store: GraphStore, publisher: Publisher, settings: Settings) -> None:
        self._store = store
        self._publisher = publisher
        self._settings = settings
        self._announced_at = time.monotonic()
        self.published = 0
        self.trouble = ""

    def once(self) -> int:
        """Publish what waits in the outbox; returns how many hints were handed over."""
        messages = self._store.pending_outbox(BATCH)
        if not messages:
            return 0
        builds = [one.inspection_id for one in messages if one.kind is AttemptKind.BUILD]
        if builds:  # queued before the hint: a quick builder must find it claimable
            self._store.mark_queued(builds)
        handed_over: list[int] = []
        try:
            for message in messages:
                self._publish(message)
                handed_over.append(message.outbox_id)
        finally:
            if handed_over:
                self._store.mark_published(handed_over)
        self.published += len(handed_over)
        return len(handed_over)

    def announce(self) -> int:
        """Announce again what waits for long: a hint may have been lost with its broker."""
        self._announced_at = time.monotonic()
        announced = self._store.announce_waiting(self._settings.redeliver_seconds)
        if announced:
            _log().info("announced_again", count=announced)
        return announced

    def loop(self, drain: Drain) -> None:
        """Dispatch until the drain starts; trouble is logged when it begins and when it ends."""
        failures = 0
        while not drain.started():
            try:
                handed_over = self.once()
                if time.monotonic() - self._announced_at >= self._settings.redeliver_seconds:
                    self.announce()
            except (BrokerError, StorageError) as error:
                self._begin_trouble(error)
                drain.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
                continue
            # an empty outbox says nothing about the broker
            if handed_over and self.trouble:
                self._end_trouble(failures)
            if handed_over or not self.trouble:
                failures = 0
            if handed_over < BATCH:
                drain.wait(self._settings.dispatch_interval_seconds)

    def _publish(self, message: OutboxMessage) -> None:
        self._publisher.publish(message.kind, message.inspection_id)
        _log().debug("published", inspection_id=message.inspection_id, kind=message.kind)

    def _begin_trouble(self, error: Exception) -> None:
        kind = "broker" if isinstance(error, BrokerError) else "database"
        if not self.trouble:
            _log().error("dispatch_interrupted", where=kind, error=str(error))
        self.trouble = f"{kind}: {error}"

    def _end_trouble(self, failures: int) -> None:
        _log().info("dispatch_resumed", tries=failures)
        self.trouble = ""


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
