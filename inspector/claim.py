"""Holding an inspection: the lease is renewed while work goes on, and the work stops without it.

    held(...)   renews the lease in a thread and says when, and why, the work must stop
    work_on(...)  claims, calls the stage, and writes how the attempt ended

A worker whose lease is lost writes nothing more: another one may hold the inspection already.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TypeVar

import structlog

from amun_core.errors import AttemptFailedError, StaleClaimError, StorageError
from amun_core.states import REASONS_OF_PLACE, AttemptKind
from inspector.drain import Drain
from inspector.engines.base import StoppedError
from inspector.other_hosts import given_to_others, with_all_hosts
from inspector.workplace import Workplace
from knowledge_graph.records import Claim, Failure
from knowledge_graph.store import GraphStore

#: A wish to cancel is seen within this time, however long the lease is, s.
CANCEL_SECONDS = 2.0
#: Work that has not asked for so long whether it must stop hangs, and its lease is left to end, s.
HUNG_SECONDS = 600.0
#: Pauses between tries of a write that the database does not take just now, s.
WRITE_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
#: A worker that is told to end waits no longer than this for the database, s.
DRAIN_SECONDS = 3.0
#: Tries of the claim itself; after them the inspection is announced again later.
CLAIM_TRIES = 5

_T = TypeVar("_T")


class StopReason(StrEnum):
    """Why the work in hand must stop."""

    LEASE_LOST = "lease_lost"
    CANCELLED = "cancelled"
    DRAINING = "draining"


class Holding:
    """An inspection in hand. `should_stop` is asked often by whatever works on it."""

    def __init__(
        self, store: GraphStore, claim: Claim, lease_seconds: float, drain: Drain, since: float
    ) -> None:
        self.claim = claim
        self._store = store
        self._lease_seconds = lease_seconds
        self._drain = drain
        self._ends_at = since + lease_seconds
        self._asked_at = time.monotonic()
        self._lost = False
        self._cancelled = False
        self._companions: list[Callable[[], object]] = []

    @property
    def why(self) -> StopReason | None:
        """Why the work must stop; None while it may go on."""
        self._asked_at = time.monotonic()
        if self._expired():
            return StopReason.LEASE_LOST
        if self._cancelled:
            return StopReason.CANCELLED
        return StopReason.DRAINING if self._drain.started() else None

    def _expired(self) -> bool:
        if time.monotonic() >= self._ends_at:
            self._lost = True  # for good: a late renewal must not revive work that was stopped
        return self._lost

    def should_stop(self) -> bool:
        """True as soon as the work must stop."""
        return self.why is not None

    def check(self) -> None:
        """Raise StoppedError if the work must stop."""
        if self.should_stop():
            raise StoppedError

    def renew(self) -> None:
        """Prolong the lease once, and hear of a wish to cancel.

        Not where the work has not asked for long whether it must stop: whoever hangs in a call
        without an end shall lose its lease, though this thread lives.
        """
        if self._expired() or time.monotonic() - self._asked_at > HUNG_SECONDS:
            return
        # the time before the call: the database cannot have granted an earlier end than this
        asked_at = time.monotonic()
        try:
            self._cancelled |= self._prolong()
            self._ends_at = asked_at + self._lease_seconds
            for companion in tuple(self._companions):
                companion()
        except StaleClaimError:
            self._lost = True
        except StorageError as error:
            _log().warning("lease_not_renewed", fence=self.claim.fence, error=str(error))

    def _prolong(self) -> bool:
        return self._store.renew(self.claim, self._lease_seconds)

    @contextlib.contextmanager
    def renewing(self, companion: Callable[[], object]) -> Iterator[None]:
        """Call `companion` with every renewal while the block runs (for a second lease)."""
        self._companions.append(companion)
        try:
            yield
        finally:
            self._companions.remove(companion)

    def write(self, write: Callable[[], _T]) -> _T:
        """Write, again and again while the database does not take it and the lease is ours."""
        tries, started = 0, time.monotonic()
        while True:
            try:
                return write()
            except StorageError as error:
                why, waited = self.why, time.monotonic() - started
                if why is StopReason.LEASE_LOST or (
                    why is StopReason.DRAINING and waited > DRAIN_SECONDS
                ):
                    raise
                _log().warning("write_delayed", fence=self.claim.fence, error=str(error))
                time.sleep(WRITE_PAUSES[min(tries, len(WRITE_PAUSES) - 1)])
                tries += 1


@contextlib.contextmanager
def held(
    store: GraphStore,
    claim: Claim,
    lease_seconds: float,
    *,
    drain: Drain | None = None,
    since: float | None = None,
) -> Iterator[Holding]:
    """Renew the lease of `claim` while the block runs.

    `since` is the monotonic time at which the claim was asked for: the lease may not be thought
    longer than the database does.
    """
    started = time.monotonic() if since is None else since
    holding = Holding(store, claim, lease_seconds, drain or Drain(), started)
    with renewed(holding, lease_seconds):
        yield holding


@contextlib.contextmanager
def renewed(holding: Holding, lease_seconds: float) -> Iterator[None]:
    """Renew what is held, in a thread, while the block runs."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(min(lease_seconds / 3, CANCEL_SECONDS)):
            holding.renew()

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def work_on(
    workplace: Workplace,
    inspection_id: str,
    kind: AttemptKind,
    stage: Callable[[Workplace, Holding], None],
) -> bool:
    """Claim `inspection_id` and carry out `stage`. False if there was nothing to claim."""
    asked_at = time.monotonic()
    claim = patiently(workplace, inspection_id, lambda: _claim(workplace, inspection_id, kind))
    if claim is None:
        _log().info("nothing_to_claim", inspection_id=inspection_id, kind=kind)
        return False
    work_under(workplace, claim, stage, since=asked_at)
    return True


def work_under(
    workplace: Workplace,
    claim: Claim,
    stage: Callable[[Workplace, Holding], None],
    *,
    since: float,
) -> None:
    """Carry out `stage` under a claim that was asked for at the monotonic time `since`."""
    lease = workplace.settings.lease_seconds
    with (
        structlog.contextvars.bound_contextvars(
            inspection_id=claim.inspection_id, fence=claim.fence
        ),
        held(workplace.store, claim, lease, drain=workplace.drain, since=since) as holding,
    ):
        _log().info("claimed", kind=claim.kind, attempt=claim.attempt_number)
        try:
            _carry_out(workplace, holding, stage)
        except StaleClaimError as error:
            _log().warning("claim_lost", error=str(error))
        except StorageError as error:
            # the lease runs out and the reaper gives the inspection to the next worker
            _log().error("attempt_abandoned", error=str(error))


def patiently(workplace: Workplace, inspection_id: str, ask: Callable[[], _T | None]) -> _T | None:
    """Ask for a claim, again a few times while the database does not take it. None: not now."""
    for pause in WRITE_PAUSES[: CLAIM_TRIES - 1]:
        try:
            return ask()
        except StorageError as error:
            _log().warning("claim_delayed", inspection_id=inspection_id, error=str(error))
            if workplace.drain.wait(pause):
                return None
    return ask()


def _claim(workplace: Workplace, inspection_id: str, kind: AttemptKind) -> Claim | None:
    return workplace.store.claim(
        inspection_id,
        kind,
        worker=workplace.worker,
        lease_seconds=workplace.settings.lease_seconds,
        host_id=workplace.host.host_id,
    )


def _carry_out(
    workplace: Workplace, holding: Holding, stage: Callable[[Workplace, Holding], None]
) -> None:
    """Call the stage; write how the attempt ended where the stage has not done so itself."""
    started = time.monotonic()
    store, claim = workplace.store, holding.claim
    try:
        stage(workplace, holding)
        _log().info("completed", kind=claim.kind, seconds=round(time.monotonic() - started, 4))
    except StaleClaimError:
        raise
    except StorageError:
        raise
    except StoppedError:
        _give_up(workplace, holding)
    except AttemptFailedError as error:
        if holding.should_stop():  # what was killed on our word may look like a failure
            _give_up(workplace, holding)
            return
        failure = failure_of(error)
        if claim.kind is AttemptKind.BUILD and failure.reason in REASONS_OF_PLACE:
            if holding.write(lambda: given_to_others(workplace, claim, failure)):
                _log().info("not_on_this_host", reason=failure.reason, message=failure.message)
                return
            failure = holding.write(lambda: with_all_hosts(workplace, claim, failure))
        _log().info("failed", reason=failure.reason, message=failure.message)
        holding.write(lambda: store.fail(claim, failure))
    except Exception as error:
        _log().exception("crashed", kind=claim.kind)
        message = f"{type(error).__name__}: {error}"
        attempts = workplace.settings.maximum_attempts
        holding.write(lambda: store.crash(claim, message, maximum_attempts=attempts))


def _give_up(workplace: Workplace, holding: Holding) -> None:
    """End an attempt that was told to stop."""
    why, claim = holding.why, holding.claim
    _log().info("stopped", why=why)
    if why is StopReason.CANCELLED:
        holding.write(lambda: workplace.store.cancel_claimed(claim))
    elif why is StopReason.DRAINING:
        holding.write(lambda: workplace.store.release(claim))


def failure_of(error: AttemptFailedError) -> Failure:
    """The stored form of a failure."""
    return Failure(
        reason=error.reason,
        attributed_to=error.attributed_to,
        message=str(error),
        hint=error.hint,
        last_lines=error.last_lines,
    )


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    return logger
