from __future__ import annotations

import threading

import pytest

from amun_core.errors import EngineError, StorageError
from amun_core.states import AttemptKind
from inspector.drain import Drain
from inspector.engines.base import RunLabels
from inspector.reaper import AliveClaims, Reaper


@pytest.fixture
def reaper(bench) -> Reaper:
    return Reaper(
        bench.store, [bench.process, bench.container], bench.workplace.settings, "installation-1"
    )


def expired(bench) -> tuple[str, int]:
    """An inspection whose worker gave no sign of life in time."""
    inspection_id = bench.submit()
    claim = bench.store.claim(
        inspection_id, AttemptKind.BUILD, worker="dead", lease_seconds=-1, host_id="h"
    )
    return inspection_id, claim.fence


def leave(bench, inspection_id: str, fence: int, installation: str = "installation-1"):
    labels = RunLabels(installation, inspection_id, fence, 0)
    bench.process.leave_running(labels)
    folder = bench.workplace.settings.home / "runs" / f"{inspection_id}.{fence}.0"
    folder.mkdir(parents=True)
    return folder


def test_an_expired_lease_goes_back_and_its_leftovers_are_removed(bench, reaper):
    inspection_id, fence = expired(bench)
    folder = leave(bench, inspection_id, fence)
    (reaped,) = reaper.once()
    assert (reaped.inspection_id, reaped.fence, reaped.now) == (inspection_id, fence, "queued")
    assert bench.state(inspection_id) == "queued"
    assert bench.process.running == {}
    assert not folder.exists()


def test_what_has_a_valid_lease_is_kept(bench, reaper):
    claim = bench.claim(bench.submit())
    folder = leave(bench, claim.inspection_id, claim.fence)
    assert reaper.once() == []
    assert len(bench.process.running) == 1
    assert folder.is_dir()


def test_another_installations_runs_are_not_ours(bench, reaper):
    bench.process.leave_running(RunLabels("another", "inspection-00000000", 1, 0))
    reaper.remove_leftovers()
    assert len(bench.process.running) == 1


def test_attempts_are_spent_in_the_end(bench, reaper):
    inspection_id = bench.submit()
    for _ in range(bench.workplace.settings.maximum_attempts):
        bench.store.claim(inspection_id, AttemptKind.BUILD, worker="dead", lease_seconds=-1)
        reaper.once()
    assert bench.state(inspection_id) == "crashed"


def test_leftovers_are_looked_for_at_the_start_and_then_seldom(bench, reaper, monkeypatch):
    asked = []
    monkeypatch.setattr(bench.process, "remove_leftovers", lambda *_: (asked.append(1), [])[1])
    reaper.once()
    reaper.once()
    assert len(asked) == 1
    expired(bench)
    reaper.once()
    assert len(asked) == 2
    monkeypatch.setattr("inspector.reaper.LEFTOVERS_SECONDS", 0)
    reaper.once()
    assert len(asked) == 3


def test_an_engine_that_is_not_there_is_said_once(bench, reaper, monkeypatch):
    def gone(*_arguments: object) -> list[str]:
        raise EngineError("no docker here")

    monkeypatch.setattr(bench.container, "remove_leftovers", gone)
    reaper.remove_leftovers()
    reaper.remove_leftovers()
    assert [line["event"] for line in bench.logged].count("engine_not_asked") == 1


def test_a_claim_made_after_the_listing_counts_as_alive(bench):
    alive = AliveClaims(bench.store)
    assert len(alive) == 0
    claim = bench.claim(bench.submit())
    assert (claim.inspection_id, claim.fence) in alive
    assert list(alive) == [(claim.inspection_id, claim.fence)]


def test_the_loop_survives_a_locked_database_and_ends_with_the_drain(bench, reaper, monkeypatch):
    drain = Drain()
    reap_once = bench.store.reap
    answers = [StorageError("locked")]

    def reap(**options: int) -> list:
        if answers:
            raise answers.pop()
        drain.start()
        return reap_once(**options)

    monkeypatch.setattr(bench.store, "reap", reap)
    monkeypatch.setattr(drain, "wait", lambda _seconds: drain.started())
    thread = threading.Thread(target=reaper.loop, args=(drain,))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert answers == []
