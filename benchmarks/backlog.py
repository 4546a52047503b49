"""Memory of the broker while 5,000 inspections wait and are announced again for an hour.

The hour is shortened by announcing every second as often as the default setting does in an hour, and
then sixty times more. Prints one JSON line; `ratio` is the memory at the end over that at the begin.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import redis

from amun_core.settings import Settings
from amun_local import redis_server
from inspector.dispatcher import Dispatcher
from inspector.hints import Broker
from knowledge_graph.database import upgrade
from knowledge_graph.records import NewInspection
from knowledge_graph.store import GraphStore

WAITING = 5000
#: Announcements of an hour at one a second.
ANNOUNCEMENTS = 3600


def main() -> int:
    """Fill a database, announce again and again, and look at the broker."""
    with tempfile.TemporaryDirectory(prefix="amun-backlog-") as folder:
        socket = Path(folder) / "redis.sock"
        server = subprocess.Popen(
            [
                redis_server.executable(os.environ.get("PATH")),
                *("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            print(json.dumps(_measured(Path(folder), f"unix://{socket}")))
        finally:
            server.terminate()
            server.wait(10)
    return 0


def _measured(folder: Path, broker_url: str) -> dict[str, object]:
    client = _answering(broker_url)
    settings = Settings(home=folder, broker_url=broker_url)
    upgrade(settings.resolved_database_url)
    with GraphStore(settings.resolved_database_url) as store:
        for number in range(WAITING):
            store.create_inspection(_waiting(number))
        dispatcher = Dispatcher(store, Broker(broker_url), settings)
        dispatcher.announce()
        before = _used(client)
        while dispatcher.once():
            pass
        filled = _used(client)
        for _ in range(ANNOUNCEMENTS):
            dispatcher.announce()
        after = _used(client)
    return {
        "benchmark": "backlog",
        "waiting": WAITING,
        "announcements": ANNOUNCEMENTS,
        "before_bytes": before,
        "filled_bytes": filled,
        "after_bytes": after,
        "hints": client.llen("build"),
        "ratio": after / before,
    }


def _answering(broker_url: str) -> redis.Redis:
    client = redis.Redis.from_url(broker_url, socket_timeout=5)
    for _ in range(200):
        try:
            client.ping()
        except redis.RedisError:
            time.sleep(0.05)
        else:
            return client
    raise SystemExit("redis does not answer")


def _used(client: redis.Redis) -> int:
    return int(client.info("memory")["used_memory"])


def _waiting(number: int) -> NewInspection:
    return NewInspection(
        identifier=None,
        surface="v1",
        specification="{}",
        specification_hash=f"amun-specification-1:{number:08x}",
        lock_digest=None,
        engine="process",
        runs=1,
    )


if __name__ == "__main__":
    sys.exit(main())
