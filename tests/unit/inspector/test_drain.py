from __future__ import annotations

import os
import signal

import pytest

from inspector.drain import Drain


@pytest.fixture
def handlers():
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_starts_the_drain(handlers, number):
    drain = Drain()
    drain.on_signals()
    assert not drain.started()
    os.kill(os.getpid(), number)
    assert drain.wait(5)
    assert drain.started()


def test_whoever_is_asked_shows_that_the_work_goes_on(monkeypatch):
    drain = Drain()
    monkeypatch.setattr(drain, "_asked_at", drain._asked_at - 60)
    assert drain.quiet_seconds >= 60
    drain.started()
    assert drain.quiet_seconds < 60
