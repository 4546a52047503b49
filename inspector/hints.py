"""Hints: a word to the workers that something may wait for them in the table.

A hint is nothing but a wake-up call, so a queue keeps a few of them, however much waits and however
long: the broker's memory grows with the number of hosts alone. One that is full, away or started
anew delays a worker by LOOK_SECONDS at most, since each worker looks by itself as often as that.

    build               any builder
    measure.<host id>   the measurer of the host that holds what was built
"""

from __future__ import annotations

import threading
import time

import redis
import structlog

from amun_core.errors import SettingsError
from amun_core.states import AttemptKind
from inspector.drain import Drain

#: An idle worker looks into the table as often as this, with and without hints, s.
LOOK_SECONDS = 1.0
#: Hints that a queue keeps: each one wakes one idle worker.
KEPT = 32
#: A queue that nobody fills any more is gone after this time, s.
FORGOTTEN_SECONDS = 3600
#: Bound of each answer of the broker, s.
BROKER_TIMEOUT = 1.5
#: A broker that did not answer is asked again after this time, s.
AWAY_SECONDS = 3.0


class BrokerError(Exception):
    """The broker does not take or give a hint just now."""


def queue_of(kind: AttemptKind, host_id: str | None = None) -> str:
    """The queue of the workers who may take it."""
    return "build" if kind is AttemptKind.BUILD else f"measure.{host_id or ''}"


class Broker:
    """The Redis that carries the hints; each call has a bound."""

    def __init__(self, url: str) -> None:
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_connect_timeout=BROKER_TIMEOUT,
                # a call that waits for a hint waits on the server for a second
                socket_timeout=BROKER_TIMEOUT + LOOK_SECONDS,
                health_check_interval=25,
            )
        except ValueError:
            raise SettingsError(
                "AMUN_BROKER_URL: not the address of a Redis",
                hint="Like redis://redis.example:6379/0; percent-encode special characters.",
            ) from None

    def put(self, queue: str, hints: int = 1) -> None:
        """Wake up to so many workers of this queue. Raises BrokerError."""
        stamps = [f"{time.time():.3f}"] * min(hints, KEPT)
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                pipeline.rpush(queue, *stamps)
                pipeline.ltrim(queue, -KEPT, -1)
                pipeline.expire(queue, FORGOTTEN_SECONDS)
                pipeline.execute()
        except (redis.RedisError, OSError) as error:
            raise BrokerError(f"{type(error).__name__}: {error}") from error

    def take(self, queue: str) -> bool:
        """Wait for a hint, for LOOK_SECONDS at most. Raises BrokerError."""
        try:
            return self._client.blpop([queue], timeout=int(LOOK_SECONDS)) is not None
        except (redis.RedisError, OSError) as error:
            raise BrokerError(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class Waker:
    """Lets an idle worker wait for a hint; without a broker it wakes by itself."""

    def __init__(self, broker: Broker, queue: str, drain: Drain) -> None:
        self._broker = broker
        self._queue = queue
        self._drain = drain
        self._lock = threading.Lock()
        self._away_since: float | None = None
        self._asked_at = 0.0

    def wait(self) -> None:
        """Return at a hint, at the drain, and after LOOK_SECONDS at the latest."""
        if self._is_away():
            self._drain.wait(LOOK_SECONDS)
            return
        try:
            self._broker.take(self._queue)
        except BrokerError as error:
            self._begin_away(error)
            self._drain.wait(LOOK_SECONDS)
        else:
            self._end_away()

    def _is_away(self) -> bool:
        away = self._away_since is not None
        return away and time.monotonic() - self._asked_at < AWAY_SECONDS

    def _begin_away(self, error: BrokerError) -> None:
        with self._lock:
            self._asked_at = time.monotonic()
            if self._away_since is None:
                self._away_since = self._asked_at
                _log().warning(
                    "no_hints",
                    error=str(error),
                    instead=f"looks for work by itself every {LOOK_SECONDS:g} s",
                )

    def _end_away(self) -> None:
        with self._lock:
            if self._away_since is not None:
                _log().info("hints_again", away_s=round(time.monotonic() - self._away_since, 1))
            self._away_since = None


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
