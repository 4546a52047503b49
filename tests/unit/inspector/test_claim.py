from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from amun_core.errors import AttemptFailedError, StaleClaimError, StorageError
from amun_core.states import AttemptKind, AttemptOutcome, FailureReason
from inspector.claim import Holding, StopReason, held, work_on
from inspector.drain import Drain
from inspector.engines.base import StoppedError
from inspector.workplace import Workplace

DEADLINE = 5.0


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    ends = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.002)


def test_the_lease_is_renewed_while_the_block_runs(bench):
    claim = bench.claim(bench.submit())
    with held(bench.store, claim, 0.3) as holding:
        started = time.monotonic()
        until(lambda: time.monotonic() - started > 0.6)
        assert holding.why is None
        assert (claim.inspection_id, claim.fence) in bench.store.alive_claims()


def test_nothing_renews_after_the_block(bench):
    claim = bench.claim(bench.submit())
    with held(bench.store, claim, 0.1):
        pass
    assert [thread.name for thread in threading.enumerate() if thread.name == "lease"] == []


def test_a_lease_that_the_reaper_took_stops_the_work(bench):
    claim = bench.claim(bench.submit())
    with held(bench.store, claim, 30) as holding:
        bench.store.release(claim)
        holding.renew()
        assert holding.why is StopReason.LEASE_LOST


def test_the_lease_ends_by_the_own_clock_when_the_database_is_away(bench, monkeypatch):
    claim = bench.claim(bench.submit())

    def unreachable(*_arguments: object) -> bool:
        raise StorageError("the database is locked")

    monkeypatch.setattr(bench.store, "renew", unreachable)
    with held(bench.store, claim, 0.1) as holding:
        assert holding.why is None
        until(holding.should_stop)
        assert holding.why is StopReason.LEASE_LOST
        monkeypatch.undo()
        holding.renew()
        assert holding.why is StopReason.LEASE_LOST, "a late renewal must not revive the work"


def test_the_lease_counts_from_before_the_claim(bench):
    claim = bench.claim(bench.submit())
    with held(bench.store, claim, 30, since=time.monotonic() - 31) as holding:
        assert holding.why is StopReason.LEASE_LOST


def test_a_wish_to_cancel_is_heard_with_a_renewal(bench):
    claim = bench.claim(bench.submit())
    with held(bench.store, claim, 30) as holding:
        bench.store.request_cancel(claim.inspection_id)
        holding.renew()
        assert holding.why is StopReason.CANCELLED
        with pytest.raises(StoppedError):
            holding.check()


def test_a_companion_is_called_with_each_renewal_until_its_block_ends(bench):
    claim = bench.claim(bench.submit())
    calls: list[int] = []
    with held(bench.store, claim, 30) as holding:
        with holding.renewing(lambda: calls.append(1)):
            holding.renew()
        holding.renew()
    assert calls == [1]


def test_a_write_is_tried_again_until_the_database_takes_it(bench):
    answers = [StorageError("locked"), StorageError("locked"), None]

    def write() -> str:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return "written"

    with held(bench.store, bench.claim(bench.submit()), 30) as holding:
        assert holding.write(write) == "written"
    assert answers == []


def test_a_write_is_given_up_with_the_lease(bench):
    def write() -> None:
        raise StorageError("locked")

    claim = bench.claim(bench.submit())
    with (
        held(bench.store, claim, 30, since=time.monotonic() - 31) as holding,
        pytest.raises(StorageError, match="locked"),
    ):
        holding.write(write)


def attempt(bench, inspection_id, stage) -> tuple[str, AttemptOutcome | None]:
    """Work on the inspection; its state and the outcome of its last attempt."""
    assert work_on(bench.workplace, inspection_id, AttemptKind.BUILD, stage)
    return bench.state(inspection_id), bench.queries.attempts(inspection_id)[-1].outcome


def test_nothing_to_claim_is_no_error(bench):
    inspection_id = bench.submit()
    bench.claim(inspection_id)
    called: list[int] = []
    stage = lambda *_: called.append(1)  # noqa: E731
    assert work_on(bench.workplace, inspection_id, AttemptKind.BUILD, stage) is False
    assert called == []


def test_a_failure_ends_the_inspection_with_its_reason(bench):
    def stage(_workplace: Workplace, _holding: Holding) -> None:
        raise AttemptFailedError(FailureReason.HASH_MISMATCH, "numpy differs", last_lines="the end")

    inspection_id = bench.submit()
    assert attempt(bench, inspection_id, stage) == ("failed", AttemptOutcome.FAILED)
    failure = bench.queries.inspection(inspection_id).failure
    assert failure is not None
    assert (failure.reason, failure.attributed_to) == ("hash_mismatch", "stack")
    assert (failure.message, failure.last_lines) == ("numpy differs", "the end")


def test_an_error_of_ours_costs_an_attempt_and_then_crashes(bench):
    def stage(_workplace: Workplace, _holding: Holding) -> None:
        raise ZeroDivisionError("ours")

    inspection_id = bench.submit()
    assert attempt(bench, inspection_id, stage) == ("queued", AttemptOutcome.CRASHED)
    assert attempt(bench, inspection_id, stage) == ("queued", AttemptOutcome.CRASHED)
    assert attempt(bench, inspection_id, stage) == ("crashed", AttemptOutcome.CRASHED)
    assert "ZeroDivisionError: ours" in (bench.queries.inspection(inspection_id).message or "")
    assert bench.queries.inspection(inspection_id).failure is None


def test_a_drain_gives_the_inspection_back_without_cost(bench):
    def stage(workplace: Workplace, holding: Holding) -> None:
        workplace.drain.start()
        holding.check()

    inspection_id = bench.submit()
    assert attempt(bench, inspection_id, stage) == ("queued", AttemptOutcome.RELEASED)


def test_a_cancel_ends_the_inspection(bench):
    def stage(workplace: Workplace, holding: Holding) -> None:
        workplace.store.request_cancel(holding.claim.inspection_id)
        holding.renew()
        holding.check()

    inspection_id = bench.submit()
    assert attempt(bench, inspection_id, stage) == ("cancelled", AttemptOutcome.CANCELLED)


def test_what_was_killed_on_our_word_is_no_failure_of_the_stack(bench):
    def stage(workplace: Workplace, _holding: Holding) -> None:
        workplace.drain.start()
        raise AttemptFailedError(FailureReason.RUN_CRASHED, "killed by SIGKILL")

    inspection_id = bench.submit()
    assert attempt(bench, inspection_id, stage) == ("queued", AttemptOutcome.RELEASED)


def test_a_worker_that_lost_its_lease_writes_nothing(bench):
    def stage(workplace: Workplace, holding: Holding) -> None:
        workplace.store.release(holding.claim)  # as the reaper would
        taken = bench.claim(holding.claim.inspection_id)
        assert taken.fence == holding.claim.fence + 1
        raise AttemptFailedError(FailureReason.BUILD_FAILED, "too late")

    inspection_id = bench.submit()
    assert work_on(bench.workplace, inspection_id, AttemptKind.BUILD, stage)
    assert bench.state(inspection_id) == "building"
    assert bench.queries.inspection(inspection_id).failure is None


def test_a_stale_write_of_the_stage_ends_quietly(bench):
    def stage(workplace: Workplace, holding: Holding) -> None:
        workplace.store.release(holding.claim)
        with pytest.raises(StaleClaimError):
            workplace.store.save_plan(holding.claim, "{}", engine="process", engine_why="")
        holding.renew()
        holding.check()

    inspection_id = bench.submit()
    assert attempt(bench, inspection_id, stage) == ("queued", AttemptOutcome.RELEASED)


def test_the_claim_itself_waits_for_a_locked_database(bench, monkeypatch):
    claim_once = bench.store.claim
    answers = [StorageError("locked")]

    def claim(*arguments: object, **options: object) -> object:
        if answers:
            raise answers.pop()
        return claim_once(*arguments, **options)

    monkeypatch.setattr(bench.store, "claim", claim)
    inspection_id = bench.submit()
    done: list[str] = []
    stage = lambda _, holding: done.append(holding.claim.inspection_id)  # noqa: E731
    assert work_on(bench.workplace, inspection_id, AttemptKind.BUILD, stage)
    assert done == [inspection_id]


def test_a_drain_is_a_reason_to_stop(bench):
    drain = Drain()
    with held(bench.store, bench.claim(bench.submit()), 30, drain=drain) as holding:
        assert not holding.should_stop()
        drain.start()
        assert holding.why is StopReason.DRAINING
