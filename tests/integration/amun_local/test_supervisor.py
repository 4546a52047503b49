"""The supervisor with a real Redis and stand-in processes: what dies comes back, nothing is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from amun_core.settings import Settings
from amun_local import redis_server, service, state_file
from amun_local.down import down
from amun_local.home import Home
from amun_local.process_identity import ProcessIdentity
from amun_local.state_file import Phase, ServiceState

STAND_IN = Path(__file__).with_name("stand_in_service.py")


def wait_until(condition: Callable[[], Any], what: str, *, seconds: float = 15.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Service:
    """A supervised stand-in service and what it left on the disk."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.settings = Settings(home=folder)
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self.seen: set[ProcessIdentity] = set()

    def start(self, *, dying: str = "") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(STAND_IN), str(self.home.folder), dying],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.supervisors.append(process)
        return process

    def state(self) -> ServiceState | None:
        return state_file.read(self.home.state_file)

    def ready(self, pid: int) -> ServiceState:
        def found() -> ServiceState | None:
            state = self.state()
            if state is None or state.supervisor is None or state.supervisor.pid != pid:
                return None
            return state if state.phase is Phase.READY else None

        state: ServiceState = wait_until(found, "ready")
        self.remember(state)
        return state

    def up(self) -> ServiceState:
        return self.ready(self.start().pid)

    def remember(self, state: ServiceState) -> None:
        """Everything below the service, to be looked for after its end."""
        for identity in state.recorded():
            self.seen.add(identity)
            if process := identity.process():
                for child in process.children(recursive=True):
                    self.seen.add(ProcessIdentity(child.pid, child.create_time()))

    def record(self, name: str) -> state_file.ProcessRecord:
        state = self.state()
        assert state is not None
        return next(record for record in state.processes if record.name == name)

    def left(self) -> list[ProcessIdentity]:
        return [identity for identity in self.seen if identity.alive]


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path / "home")
    yield running
    for supervisor in running.supervisors:
        if supervisor.poll() is None:
            supervisor.terminate()
        supervisor.communicate(timeout=20)
    for identity in running.left():
        if process := identity.process():
            process.kill()


def test_terminate_ends_everything_and_remembers_the_ports(local: Service) -> None:
    state = local.up()
    assert [record.name for record in state.processes] == ["redis", "api", "measurer", "reaper"]
    assert len(local.seen) >= 6  # the measurer's child, in a session of its own, is among them
    local.supervisors[0].terminate()
    assert local.supervisors[0].wait(timeout=15) == 0
    assert local.left() == []
    ended = local.state()
    assert ended is not None
    assert (ended.phase, ended.processes, ended.url) == (Phase.STOPPED, (), None)
    assert ended.ports == state.ports
    assert local.up().url == state.url


@pytest.mark.parametrize("name", ["redis", "api", "measurer", "reaper"])
def test_a_killed_process_comes_back(local: Service, name: str) -> None:
    state = local.up()
    before = local.record(name)
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)

    def back() -> bool:
        now = local.record(name)
        return now.restarts == 1 and now.pid not in {None, before.pid}

    wait_until(back, f"{name} restarted")
    assert local.record(name).last_end == "signal SIGKILL"
    assert state.url is not None
    wait_until(lambda: service.answers(f"{state.url}/readyz"), "the API answers")
    port = state.ports["redis"]
    wait_until(lambda: redis_server.answers(redis_server.address(local.home, port)), "Redis")


def test_what_a_killed_process_started_is_ended(local: Service) -> None:
    local.up()
    measurer = local.record("measurer").identity
    assert measurer is not None
    process = measurer.process()
    assert process is not None
    run = wait_until(lambda: process.children(recursive=True), "the measurer's child")[0]
    process.kill()
    wait_until(lambda: not run.is_running(), "the orphan ended")


def test_after_the_supervisor_was_killed_nothing_stays_and_up_works(local: Service) -> None:
    first = local.up()
    os.kill(local.supervisors[0].pid, signal.SIGKILL)
    local.supervisors[0].wait(timeout=5)
    assert not state_file.is_locked(local.home.service_lease)
    second = local.up()
    assert second.supervisor != first.supervisor
    stubborn = next(record for record in first.processes if record.name == "reaper")
    # it ignored the kernel's SIGTERM; the new supervisor ended it
    assert stubborn.identity is not None
    assert not stubborn.identity.alive
    assert second.ports == first.ports


def test_after_the_whole_tree_was_killed_up_works(local: Service) -> None:
    first = local.up()
    for identity in list(local.seen):
        if process := identity.process():
            process.kill()
    local.supervisors[0].wait(timeout=5)
    assert local.up().url == first.url


def test_a_second_supervisor_refuses(local: Service) -> None:
    state = local.up()
    second = local.start()
    assert second.wait(timeout=15) != 0
    assert b"another supervisor runs this home folder" in (second.stdout or sys.stdin).read()  # type: ignore[operator]
    assert local.state() == state


def test_a_remembered_port_that_is_taken_is_replaced(local: Service) -> None:
    state = local.up()
    local.supervisors[0].terminate()
    local.supervisors[0].wait(timeout=15)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", state.ports["api"]))
        other.listen()
        assert local.up().ports["api"] != state.ports["api"]


def test_a_process_that_cannot_start_fails_the_start(local: Service) -> None:
    before = set(psutil.Process().children(recursive=True))
    supervisor = local.start(dying="measurer")
    assert supervisor.wait(timeout=90) == 1
    state = local.state()
    assert state is not None
    assert state.phase is Phase.FAILED
    assert state.failure is not None
    assert state.failure["code"] == "A715"
    assert state.failure["message"].startswith(
        "measurer ended again and again: exit code 3\nthis cannot work"
    )
    # others may be there already: a container engine that the tests started
    assert set(psutil.Process().children(recursive=True)) <= before


def test_a_migration_that_fails_fails_the_start(local: Service) -> None:
    supervisor = local.start(dying="migration")
    assert supervisor.wait(timeout=90) == 1
    state = local.state()
    assert state is not None
    assert state.failure is not None
    assert state.failure["code"] == "A715"
    assert "could not be brought up to date: exit code 3" in state.failure["message"]


def test_down_ends_the_service_and_is_harmless_afterwards(local: Service) -> None:
    local.up()
    stopped = down(local.home, local.settings, tell=lambda _line: None)
    assert stopped.was_running
    assert local.supervisors[0].wait(timeout=5) == 0
    assert local.left() == []
    assert not down(local.home, local.settings, tell=lambda _line: None).was_running


def test_down_ends_what_a_killed_supervisor_left(local: Service) -> None:
    local.up()
    os.kill(local.supervisors[0].pid, signal.SIGKILL)
    local.supervisors[0].wait(timeout=5)
    stopped = down(local.home, local.settings, tell=lambda _line: None)
    assert stopped.was_running
    assert local.left() == []
    state = local.state()
    assert state is not None
    assert state.phase is Phase.STOPPED


def test_the_password_is_private_and_asked_for(local: Service) -> None:
    state = local.up()
    for name in ("password", "redis.conf"):
        assert (local.home.redis / name).stat().st_mode & 0o777 == 0o600
    port = state.ports["redis"]
    assert not redis_server.answers(f"redis://127.0.0.1:{port}/0")
    assert redis_server.answers(redis_server.address(local.home, port))
