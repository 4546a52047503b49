from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from amun_core.errors import EngineError, StorageError
from amun_core.states import AttemptKind
from inspector.drain import Drain
from inspector.engines.base import RunLabels
from inspector.reaper import AliveClaims, Reaper
from tests import factories


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
    alive = AliveClaims(bench.store, lambda claim: claim.left < 0)
    assert len(alive) == 0
    claim = bench.claim(bench.submit())
    assert (claim.inspection_id, claim.fence) in alive
    assert list(alive) == [(claim.inspection_id, claim.fence)]


def test_the_loop_survives_a_locked_database_and_ends_with_the_drain(bench, reaper, monkeypatch):
    drain = Drain()
    look = bench.store.held_claims
    answers = [StorageError("locked")]

    def held_claims() -> list:
        if answers:
            raise answers.pop()
        drain.start()
        return look()

    monkeypatch.setattr(bench.store, "held_claims", held_claims)
    monkeypatch.setattr(drain, "wait", lambda _seconds: drain.started())
    thread = threading.Thread(target=reaper.loop, args=(drain,))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert answers == []


class Clock:
    """A clock that is set by hand, as the monotonic one of a process."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(bench, clock) -> Reaper:
    """The reaper of this host, with a clock that the test sets."""
    settings = bench.workplace.settings
    engines = [bench.process, bench.container]
    host_id = bench.workplace.host.host_id
    return Reaper(bench.store, engines, settings, "installation-1", host_id=host_id, clock=clock)


def set_clock(bench, seconds: float) -> None:
    """What the stored times look like once the database's clock was set by so many seconds."""
    with bench.store._transaction() as connection:
        connection.execute(
            text("UPDATE inspections SET lease_until = lease_until - :by"), {"by": seconds}
        )
        connection.execute(text("UPDATE service_beats SET at = at - :by"), {"by": seconds})


def test_a_dead_lease_ends_in_time_though_the_clock_was_set_back(bench, watcher, clock):
    claim = bench.claim(bench.submit())
    set_clock(bench, -3600)
    assert watcher.look() == []
    clock.now += 29
    assert watcher.look() == []
    clock.now += 1
    (reaped,) = watcher.look()
    assert (reaped.fence, bench.state(claim.inspection_id)) == (claim.fence, "queued")


def test_a_living_lease_goes_on_though_the_clock_was_set_forward(bench, watcher, clock):
    claim = bench.claim(bench.submit())
    folder = leave(bench, claim.inspection_id, claim.fence)
    for _ in range(6):
        assert watcher.look() == []
        set_clock(bench, 3600)
        clock.now += 20
        bench.store.renew(claim, 30)
    watcher.remove_leftovers()
    assert folder.is_dir()
    assert len(bench.process.running) == 1
    assert bench.state(claim.inspection_id) == "building"


def test_what_a_dead_worker_left_is_gone_before_its_inspection_can_be_claimed(
    bench, watcher, clock, monkeypatch
):
    claim = bench.claim(bench.submit())
    leave(bench, claim.inspection_id, claim.fence)
    seen = []
    reap = bench.store.reap

    def reap_and_look(**options):
        seen.append(dict(bench.process.running))
        return reap(**options)

    monkeypatch.setattr(bench.store, "reap", reap_and_look)
    watcher.look()
    clock.now += 30
    assert len(watcher.look()) == 1
    assert seen == [{}]


def beat(bench, role: str, host_id: str) -> None:
    bench.store.service_beat(f"{role}@{host_id}", {"host_id": host_id, "host": "another"})


def test_a_claim_of_another_host_is_left_to_the_reaper_there_while_it_lives(bench, watcher, clock):
    inspection_id = bench.submit()
    bench.store.claim(
        inspection_id, AttemptKind.BUILD, worker="dead", lease_seconds=30, host_id="other"
    )
    for _ in range(8):
        beat(bench, "reaper", "other")
        assert watcher.look() == []
        clock.now += 10
    while not watcher.look():
        clock.now += 10
        assert clock.now < 1300
    assert bench.state(inspection_id) == "queued"


def build_on(bench, inspection_id: str, host_id: str) -> None:
    claim = bench.store.claim(
        inspection_id, AttemptKind.BUILD, worker="w", lease_seconds=30, host_id=host_id
    )
    bench.store.finish_build(claim, factories.built(host_id=host_id))


def test_what_a_host_built_whose_measurer_is_gone_goes_to_one_that_lives(bench, watcher, clock):
    inspection_id = bench.submit()
    build_on(bench, inspection_id, "gone")
    here = bench.workplace.host.host_id
    seen = []
    for _ in range(10):
        for role in ("builder", "measurer"):
            beat(bench, role, here)
        watcher.look()
        seen.append(bench.state(inspection_id))
        clock.now += 10
    assert seen == ["built"] * 6 + ["queued"] * 4
    assert bench.store.waiting_builds(here) == [inspection_id]
    assert bench.queries.inspection(inspection_id).plan is None


def test_what_nobody_else_could_build_stays_where_it_is(bench, watcher, clock):
    inspection_id = bench.submit()
    build_on(bench, inspection_id, "gone")
    beat(bench, "builder", "without-a-measurer")
    for _ in range(10):
        watcher.look()
        clock.now += 60
    assert bench.state(inspection_id) == "built"
