from __future__ import annotations

import threading

import pytest

from amun_core.errors import StorageError
from inspector.dispatcher import BrokerError, Dispatcher
from inspector.drain import Drain
from tests import factories


class Broker:
    """A broker that may be away; remembers what it was handed."""

    def __init__(self) -> None:
        self.away = False
        self.taken: list[tuple[str, int]] = []
        self.asked = 0

    def put(self, queue: str, hints: int = 1) -> None:
        self.asked += 1
        if self.away:
            raise BrokerError("connection refused")
        self.taken.append((queue, hints))


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def dispatcher(bench, broker, make_settings) -> Dispatcher:
    settings = make_settings(dispatch_interval_seconds=0.001, redeliver_seconds=60)
    return Dispatcher(bench.store, broker, settings)


def accept(bench) -> str:
    """An inspection that was accepted and not announced yet."""
    bench.store.mark_queued = lambda ids: 0
    try:
        return bench.submit()
    finally:
        del bench.store.mark_queued


def test_an_accepted_inspection_is_queued_and_published_once(bench, broker, dispatcher):
    inspection_id = accept(bench)
    assert bench.state(inspection_id) == "accepted"
    assert dispatcher.once() == 1
    assert bench.state(inspection_id) == "queued"
    assert dispatcher.once() == 0
    assert broker.taken == [("build", 1)]


def test_what_is_built_wakes_the_host_that_holds_it(bench, broker, dispatcher):
    claim = bench.claim(bench.submit())
    dispatcher.once()
    broker.taken.clear()
    bench.store.finish_build(claim, factories.built(host_id="host-b"))
    dispatcher.once()
    assert broker.taken == [("measure.host-b", 1)]


def test_the_state_is_queued_before_the_hint_can_be_read(bench, dispatcher, broker, monkeypatch):
    inspection_id = accept(bench)
    seen = []
    monkeypatch.setattr(broker, "put", lambda *_: seen.append(bench.state(inspection_id)))
    dispatcher.once()
    assert seen == ["queued"]
    assert bench.state(inspection_id) == "queued"


def test_a_broker_that_is_away_keeps_nothing_from_being_claimed(bench, broker, dispatcher):
    broker.away = True
    ids = [accept(bench) for _ in range(3)]
    assert dispatcher.once() == 3
    assert bench.store.pending_outbox() == []
    assert bench.store.waiting_builds(bench.workplace.host.host_id) == ids
    assert dispatcher.trouble == "broker: connection refused"


def test_a_broker_that_is_away_is_not_asked_for_every_hint(bench, broker, dispatcher):
    broker.away = True
    for _ in range(20):
        accept(bench)
        dispatcher.once()
    assert broker.asked == 1


def test_a_hint_of_a_cancelled_inspection_changes_nothing(bench, broker, dispatcher):
    inspection_id = accept(bench)
    bench.store.request_cancel(inspection_id)
    dispatcher.once()
    assert bench.state(inspection_id) == "cancelled"


def test_the_loop_ends_with_the_drain_and_survives_trouble(bench, broker, dispatcher, monkeypatch):
    drain = Drain()
    broker.away = True
    inspection_id = accept(bench)
    thread = threading.Thread(target=dispatcher.loop, args=(drain,))
    thread.start()
    while not dispatcher.trouble:
        assert thread.is_alive()
    broker.away = False
    monkeypatch.setattr("inspector.dispatcher.AWAY_SECONDS", 0)
    while dispatcher.trouble:
        assert thread.is_alive()
    drain.start()
    thread.join(5)
    assert not thread.is_alive()
    assert bench.state(inspection_id) == "queued"
    told = [line["event"] for line in bench.logged]
    assert told.count("dispatch_interrupted") == 1
    assert told.count("dispatch_resumed") == 1


def test_a_locked_database_is_named_as_the_trouble(bench, dispatcher, monkeypatch):
    drain = Drain()

    def locked(_limit: int) -> list:
        drain.start()
        raise StorageError("the database is locked by another program")

    monkeypatch.setattr(bench.store, "pending_outbox", locked)
    dispatcher.loop(drain)
    assert dispatcher.trouble == "database: the database is locked by another program"


def test_workers_for_whom_something_waits_are_woken_again_once_each(bench, broker, dispatcher):
    for _ in range(50):
        bench.submit()
    for _ in range(2):
        claim = bench.claim(bench.submit())
        bench.store.finish_build(claim, factories.built(host_id="host-b"))
    while dispatcher.once():
        pass
    broker.taken.clear()
    assert dispatcher.announce() == 2
    assert broker.taken == [("build", 1), ("measure.host-b", 1)]
    assert bench.store.pending_outbox() == []
