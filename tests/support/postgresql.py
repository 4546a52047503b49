"""A throw-away PostgreSQL server for tests: own folder, own port, nothing kept, no durability."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_START_SECONDS = 60
#: Speed in place of durability: the data does not outlive the test.
_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


class PostgresqlUnavailableError(RuntimeError):
    """No PostgreSQL server programs were found."""


def find_programs() -> Path:
    """The folder with `initdb` and `postgres`: from PATH, else where Debian puts them."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if not found:
        raise PostgresqlUnavailableError("initdb is neither on PATH nor in /usr/lib/postgresql")
    return found[-1].parent


def _version(initdb: Path) -> int:
    text = initdb.parent.parent.name
    return int(text) if text.isdigit() else 0


def _unprivileged() -> list[str]:
    """What to put before a command so that it does not run as root, which the server refuses."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _give_to_user(folder: Path) -> None:
    if os.geteuid() == 0:
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        user = names.get("postgres") or names["nobody"]
        os.chown(folder, user.pw_uid, user.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: Sequence[str | Path], folder: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[-1]} failed: {done.stdout}{done.stderr}")


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start a server; yields the SQLAlchemy URL of its database `postgres`."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="amun-postgresql-", dir="/tmp"))
    try:
        _give_to_user(folder)
        with _server(programs, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(programs: Path, folder: Path) -> Iterator[str]:
    data = folder / "data"
    before = _unprivileged()
    fast = ("--auth=trust", "--no-sync", "--username=amun", "--encoding=UTF8", "--locale=C.UTF-8")
    _run([*before, programs / "initdb", *fast, "--pgdata", data], folder)
    port = _free_port()
    settings = (*_OPTIONS, "listen_addresses=127.0.0.1")
    options = [part for setting in settings for part in ("-c", setting)]
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*before, programs / "postgres", "-D", data, "-p", str(port), "-k", folder, *options],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(lambda: _accepts(programs, folder, port), server, log)
        yield f"postgresql://amun@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(2)  # SIGINT: fast shutdown, connections are cut
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _accepts(programs: Path, folder: Path, port: int) -> bool:
    done = subprocess.run(
        [str(programs / "pg_isready"), "-q", "-h", str(folder), "-p", str(port)], check=False
    )
    return done.returncode == 0


def _await(ready: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
        time.sleep(0.05)


@contextmanager
def fresh_database(server_url: str, *, template: str | None = None) -> Iterator[str]:
    """A new database on the server of `server_url`, empty or a copy of `template` (a URL of
    `fresh_database` that nobody is connected to); dropped in the end."""
    import psycopg

    name = f"amun_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        source = template.rsplit("/", 1)[1] if template else "template1"
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
    try:
        yield server_url.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
