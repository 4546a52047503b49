"""The broker of the hints: bounded, and never in the way. With a real Redis."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from amun_core.errors import SettingsError
from amun_core.states import AttemptKind
from amun_local import redis_server
from inspector.drain import Drain
from inspector.hints import KEPT, LOOK_SECONDS, Broker, BrokerError, Waker, queue_of
from tests.support.waiting import wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[redis.Redis]:
    """A Redis of this test alone, with little memory, on a socket file."""
    path = tmp_path / "redis.sock"
    command = [redis_server.executable(os.environ.get("PATH")), "--port", "0", "--save", ""]
    process = subprocess.Popen(
        [*command, "--unixsocket", str(path), "--maxmemory", "3mb", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis.from_url(f"unix://{path}", socket_timeout=5)
    wait_until(path.exists)
    yield client
    client.close()
    process.terminate()
    process.wait(10)


def url_of(server: redis.Redis) -> str:
    return f"unix://{server.connection_pool.connection_kwargs['path']}"


def test_what_is_built_has_a_queue_for_each_host():
    assert queue_of(AttemptKind.BUILD, "host-a") == "build"
    assert queue_of(AttemptKind.MEASURE, "host-a") == "measure.host-a"


def test_a_queue_keeps_a_few_hints_whatever_waits(server):
    broker = Broker(url_of(server))
    broker.put("build", 5000)
    used = server.info("memory")["used_memory"]
    for _ in range(2000):
        broker.put("build", 100)
    assert server.llen("build") == KEPT
    assert server.info("memory")["used_memory"] < used + 100_000


def test_a_hint_wakes_one_worker(server):
    broker = Broker(url_of(server))
    broker.put("build", 2)
    assert [broker.take("build"), broker.take("build")] == [True, True]
    assert server.llen("build") == 0


def test_a_full_broker_gives_its_hints_and_takes_none(server):
    broker = Broker(url_of(server))
    broker.put("build")
    server.config_set("maxmemory", "100kb")  # less than is in use
    with pytest.raises(BrokerError):
        broker.put("build")
    assert broker.take("build")
    assert not broker.take("build")


def test_a_worker_looks_by_itself_while_the_broker_is_away_and_says_so_once(tmp_path, capsys):
    waker = Waker(Broker(f"unix://{tmp_path}/nothing"), "build", Drain())
    started = time.monotonic()
    for _ in range(3):
        waker.wait()
    assert time.monotonic() - started >= 2.9 * LOOK_SECONDS
    assert capsys.readouterr().out.count("no_hints") == 1


def test_an_address_of_no_redis_is_refused_without_its_secrets():
    with pytest.raises(SettingsError) as raised:
        Broker("amqp://user:secret@broker.example")
    assert "secret" not in str(raised.value)
