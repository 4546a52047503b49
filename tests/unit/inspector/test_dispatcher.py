from __future__ import annotations

import threading

import pytest

from amun_core.errors import StorageError
from amun_core.states import AttemptKind
from inspector.dispatcher import BrokerError, Dispatcher
from inspector.drain import Drain


class Broker:
    """A broker that may be away; remembers what it was handed."""

    def __init__(self) -> None:
        self.away = False
        self.taken: list[tuple[AttemptKind, str]] = []
        self.takes = 1000

    def publish(self, kind: AttemptKind, inspection_id: str) -> None:
        if self.away or len(self.taken) >= self.takes:
            raise BrokerError("connection refused")
        self.taken.append((kind, inspection_id))


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
    assert broker.taken == [(AttemptKind.BUILD, inspection_id)]


def test_the_state_is_queued_before_the_hint_can_be_read(bench, dispatcher, broker, monkeypatch):
    inspection_id = accept(bench)
    seen = []
    monkeypatch.setattr(broker, "publish", lambda _, one: seen.append(bench.state(one)))
    dispatcher.once()
    assert seen == ["queued"]
    assert bench.state(inspection_id) == "queued"


def test_nothing_is_lost_while_the_broker_is_away(bench, broker, dispatcher):
    inspection_id = accept(bench)
    broker.away = True
    with pytest.raises(BrokerError):
        dispatcher.once()
    assert [hint.inspection_id for hint in bench.store.pending_outbox()] == [inspection_id]
    broker.away = False
    assert dispatcher.once() == 1
    assert broker.taken == [(AttemptKind.BUILD, inspection_id)]


def test_what_was_handed_over_before_the_broker_went_is_not_sent_again(bench, broker, dispatcher):
    first, second = accept(bench), accept(bench)
    broker.takes = 1
    with pytest.raises(BrokerError):
        dispatcher.once()
    broker.takes = 1000
    dispatcher.once()
    assert broker.taken == [(AttemptKind.BUILD, first), (AttemptKind.BUILD, second)]


def test_a_hint_of_a_cancelled_inspection_changes_nothing(bench, broker, dispatcher):
    inspection_id = accept(bench)
    bench.store.request_cancel(inspection_id)
    dispatcher.once()
    assert bench.state(inspection_id) == "cancelled"


def test_the_loop_ends_with_the_drain_and_survives_trouble(bench, broker, dispatcher):
    drain = Drain()
    broker.away = True
    inspection_id = accept(bench)
    thread = threading.Thread(target=dispatcher.loop, args=(drain,))
    thread.start()
    while not dispatcher.trouble:
        assert thread.is_alive()
    broker.away = False
    while not broker.taken:
        assert thread.is_alive()
    drain.start()
    thread.join(5)
    assert not thread.is_alive()
    assert broker.taken == [(AttemptKind.BUILD, inspection_id)]
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


def test_what_nobody_took_is_announced_again(bench, broker, make_settings):
    dispatcher = Dispatcher(bench.store, broker, make_settings(redeliver_seconds=1e-6))
    inspection_id = accept(bench)
    dispatcher.once()
    assert dispatcher.announce() == 1
    dispatcher.once()
    assert broker.taken == [(AttemptKind.BUILD, inspection_id)] * 2
