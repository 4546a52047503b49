from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from amun_core.settings import Settings
from amun_local import home, redis_server, service
from amun_local.errors import PortTakenError
from amun_local.home import Home
from amun_local.process_table import ServicePlan
from amun_local.state_file import Phase, ServiceState


@pytest.fixture
def here(tmp_path: Path) -> Home:
    return home.prepare(tmp_path / "home")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def plan(
    here: Home,
    *,
    previous: ServiceState | None = None,
    port: int | None = None,
    **settings: object,
) -> ServicePlan:
    chosen = Settings(home=here.folder, **settings)  # type: ignore[arg-type]
    environ = {"PATH": "/usr/bin", "HTTPS_PROXY": "http://proxy.example"}
    return service.make_plan(previous, settings=chosen, home=here, environ=environ, port=port)


def test_the_processes_and_their_order(here: Home) -> None:
    made = plan(here)
    assert made.names == ("redis", "api", "dispatcher", "builder", "measurer", "solver", "reaper")
    assert made.migration[-3:] == ("-m", "knowledge_graph", "upgrade")
    assert [process.command[-1] for process in made.processes] == [
        "amun_api",
        "dispatcher",
        "builder",
        "measurer",
        "solver",
        "reaper",
    ]
    assert [process.name for process in made.foundations if process.stops_last] == ["redis"]


def test_ours_is_spelled_out_and_the_rest_inherited(here: Home) -> None:
    made = plan(here, port=None)
    environment = made.environment
    assert environment["HTTPS_PROXY"] == "http://proxy.example"
    assert environment["AMUN_HOME"] == str(here.folder)
    assert environment["AMUN_PORT"] == str(made.ports["api"])
    assert environment["AMUN_DATABASE_URL"] == f"sqlite:///{here.folder}/amun.sqlite"
    secret = redis_server.password(here)
    assert environment["AMUN_BROKER_URL"] == f"redis://:{secret}@127.0.0.1:{made.ports['redis']}/0"


def test_a_redis_of_the_users_is_used(here: Home) -> None:
    made = plan(here, broker_url="redis://broker.example/3")
    assert made.foundations == ()
    assert made.environment["AMUN_BROKER_URL"] == "redis://broker.example/3"


def test_a_taken_port_is_replaced_and_that_is_said(here: Home, taken: int) -> None:
    settings = Settings(home=here.folder, port=taken)
    made = service.make_plan(None, settings=settings, home=here, environ={}, port=None)
    assert made.ports["api"] != taken
    assert made.notes == (
        f"port {taken} belongs to another program; took port {made.ports['api']}",
    )


def test_a_port_that_was_demanded_is_not_replaced(here: Home, taken: int) -> None:
    with pytest.raises(PortTakenError, match=f"port {taken} of 127.0.0.1 belongs to another"):
        plan(here, port=taken)


def test_the_ports_of_the_last_time_are_taken_again(here: Home) -> None:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        ports = {"api": one.getsockname()[1], "redis": two.getsockname()[1]}
    previous = ServiceState(phase=Phase.STOPPED, version="1", ports=ports)
    made = plan(here, previous=previous)
    assert (made.ports, made.notes) == (ports, ())


def test_the_password_stays(here: Home) -> None:
    first = redis_server.password(here)
    assert len(first) >= 24
    assert redis_server.password(here) == first
