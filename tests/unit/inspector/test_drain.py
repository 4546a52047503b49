from __future__ import annotations

import os
import signal

import pytest
from celery import signals

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


def test_celerys_own_shutdown_starts_the_drain():
    drain = Drain()
    drain.on_worker_shutdown()
    try:
        signals.worker_shutting_down.send(sender="worker", sig="SIGTERM", how="Warm", exitcode=0)
        assert drain.started()
    finally:
        signals.worker_shutting_down.disconnect(drain._on_shutdown)
