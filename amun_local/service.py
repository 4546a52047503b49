"""From the settings to the plan of processes: ports chosen, Redis found, environment spelled out."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import requests

from amun_core.settings import Settings
from amun_local import ports, redis_server
from amun_local.errors import PortTakenError
from amun_local.home import Home
from amun_local.process_table import (
    ManagedProcess,
    ServicePlan,
    child_environment,
    module,
    standard_processes,
)
from amun_local.state_file import ServiceState

#: Addresses to listen on -> how this machine reaches them.
REACHED_AT = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}


def installed_version() -> str:
    """The version of this installation."""
    return metadata.version("amun-service")


def make_plan(
    previous: ServiceState | None,
    *,
    settings: Settings,
    home: Home,
    environ: Mapping[str, str],
    port: int | None,
) -> ServicePlan:
    """Decide everything that a start needs. `port` is a demand, the others are wishes."""
    remembered = previous.ports if previous else {}
    notes: list[str] = []
    api_port = _api_port(settings, port, remembered.get("api"), notes)
    chosen = {"api": api_port}
    foundations: tuple[ManagedProcess, ...] = ()
    broker_url = settings.broker_url
    if "broker_url" not in settings.model_fields_set:
        program = redis_server.executable(environ.get("PATH"))
        chosen["redis"] = ports.choose(redis_server.ADDRESS, [remembered.get("redis")])
        foundations = (redis_server.managed(home, program, chosen["redis"]),)
        broker_url = redis_server.address(home, chosen["redis"])
    url = f"http://{REACHED_AT.get(settings.host, settings.host)}:{api_port}"
    return ServicePlan(
        foundations=foundations,
        migration=module("knowledge_graph", "upgrade"),
        processes=standard_processes(
            functools.partial(answers, f"{url}/readyz"),
            functools.partial(answers, f"{url}/healthz"),
        ),
        environment=child_environment(
            environ, settings, home.folder, port=api_port, broker_url=broker_url
        ),
        url=url,
        ports=chosen,
        notes=tuple(notes),
        signs=functools.partial(signs, url, first_token(settings)),
        lease_seconds=settings.lease_seconds,
    )


def _api_port(
    settings: Settings, demanded: int | None, remembered: int | None, notes: list[str]
) -> int:
    if demanded:
        if not ports.is_free(settings.host, demanded):
            raise PortTakenError(
                f"port {demanded} of {settings.host} belongs to another program. Nothing was started",
                hint="leave --port out and a free one is taken",
            )
        return demanded
    # what is set in so many words goes before what was used last
    wished = [settings.port] if "port" in settings.model_fields_set else [remembered, settings.port]
    chosen = ports.choose(settings.host, wished)
    first = next((port for port in wished if port), None)
    if first is not None and chosen != first:
        notes.append(f"port {first} belongs to another program; took port {chosen}")
    return chosen


def get(
    url: str, *, token: str | None = None, timeout_seconds: float = 2.0
) -> requests.Response | None:
    """GET from the service on this machine: no proxy, no redirect. None if nothing answers."""
    with requests.Session() as session:
        session.trust_env = False
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        try:
            return session.get(url, timeout=timeout_seconds, allow_redirects=False)
        except requests.RequestException:
            return None


def answers(url: str) -> bool:
    """True if `url` answers 200."""
    response = get(url)
    return response is not None and response.status_code == requests.codes.ok


def signs(url: str, token: str | None) -> list[dict[str, Any]] | None:
    """The signs of life of all processes; None where the API does not tell them."""
    response = get(f"{url}/api/v1/service", token=token)
    if response is None or not response.ok:
        return None
    try:
        return [sign for sign in response.json()["processes"] if isinstance(sign, dict)]
    except (ValueError, KeyError, TypeError):
        return None


def first_token(settings: Settings) -> str | None:
    """A token that the API of these settings accepts."""
    if settings.api_token_file is None:
        return None
    try:
        lines = settings.api_token_file.read_text("utf-8").splitlines()
    except OSError:
        return None
    return next((line.strip() for line in lines if line.strip() and line[0] != "#"), None)
