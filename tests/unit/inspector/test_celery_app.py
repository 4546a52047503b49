from __future__ import annotations

import socket
import time

import pytest

from amun_core.settings import Settings
from amun_core.states import AttemptKind
from inspector.celery_app import (
    COUNTS,
    PUBLISHED_AT,
    RECONNECT_SECONDS,
    make_celery,
)
from inspector.dispatcher import BrokerError, CeleryPublisher
from inspector.tasks import register_task


def test_hints_are_acknowledged_early_and_leave_no_result():
    conf = make_celery(Settings()).conf
    assert conf.task_acks_late is False
    assert (conf.task_ignore_result, conf.result_backend) == (True, None)
    assert (conf.worker_prefetch_multiplier, conf.accept_content) == (1, ["json"])


def test_each_kind_has_its_queue():
    routes = make_celery(Settings()).conf.task_routes
    assert routes == {"amun.build": {"queue": "build"}, "amun.measure": {"queue": "measure"}}


def test_a_worker_reaches_a_broker_that_is_back_within_seconds(monkeypatch):
    waits: list[float] = []
    connection = make_celery(Settings(broker_url="redis://127.0.0.1:1/0")).connection_for_read()
    monkeypatch.setattr(time, "sleep", waits.append)
    monkeypatch.setattr("kombu.utils.functional.sleep", waits.append)
    with pytest.raises(connection.connection_errors + connection.recoverable_connection_errors):
        connection.ensure_connection(max_retries=12, reraise_as_library_errors=False)
    assert waits
    assert max(waits) <= RECONNECT_SECONDS


def test_a_publisher_does_not_wait_for_a_broker_that_is_gone():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        publisher = CeleryPublisher(
            make_celery(Settings(broker_url=f"redis://127.0.0.1:{port}/0"), publishing=True)
        )
        started = time.monotonic()
        publisher.connect()
        with pytest.raises(BrokerError, match="refused"):
            publisher.publish(AttemptKind.BUILD, "inspection-1")
        assert time.monotonic() - started < 2


def test_a_hint_is_one_id_with_the_time_of_publishing(bench):
    application = make_celery(Settings(broker_url="memory://"), publishing=True)
    application.conf.broker_transport_options = {}
    publisher = CeleryPublisher(application)
    before = time.time()
    publisher.publish(AttemptKind.MEASURE, "inspection-1")
    with application.connection_for_read() as connection:
        message = connection.default_channel._get("measure")
    assert message["headers"]["task"] == "amun.measure"
    assert message["headers"]["argsrepr"] == "('inspection-1',)"
    assert before <= message["headers"][PUBLISHED_AT] <= time.time()


def test_a_task_claims_and_carries_out_its_stage(bench):
    task = register_task(make_celery(Settings()), bench.workplace, AttemptKind.BUILD)
    inspection_id = bench.submit()
    started = COUNTS["started"]
    task(inspection_id)
    assert task.name == "amun.build"
    assert bench.state(inspection_id) == "built"
    assert COUNTS["started"] == started + 1


def test_a_hint_that_comes_twice_is_harmless(bench):
    task = register_task(make_celery(Settings()), bench.workplace, AttemptKind.BUILD)
    inspection_id = bench.submit()
    task(inspection_id)
    task(inspection_id)
    assert len(bench.queries.attempts(inspection_id)) == 1
