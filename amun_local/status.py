"""`amun status`: what runs, what answers, what this host can do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psutil

from amun_core.settings import Settings
from amun_local import redis_server, service, state_file
from amun_local.home import Home
from amun_local.migration import database_path
from amun_local.process_table import HANDS
from amun_local.redis_server import NAME as REDIS
from amun_local.state_file import Phase, ProcessRecord, ServiceState

STATUS_SCHEMA = "amun.status/1"


def status(home: Home, settings: Settings) -> dict[str, Any]:
    """The whole answer of `amun status --json`."""
    state = state_file.read(home.state_file)
    locked = state_file.is_locked(home.service_lease)
    beats, ready = _ask_api(state, settings) if locked else ({}, None)
    running = state if locked else None
    return {
        "schema": STATUS_SCHEMA,
        "state": _word(state, locked=locked),
        "url": running.url if running else None,
        "version": running.version if running else service.installed_version(),
        "pid": running.supervisor.pid if running and running.supervisor else None,
        "started_at": _time(running.started_at) if running else None,
        "uptime_seconds": _since(running.started_at) if running else None,
        "processes": [_process(record, beats) for record in running.processes] if running else [],
        "redis": _redis(home, settings, running),
        "database": _database(home, settings, ready, running=running is not None),
        "engines": _engines(beats),
        "notes": list(running.notes) if running else [],
        "failure": state.failure if state else None,
        "home": str(home.folder),
        "logs": str(home.logs),
    }


def _word(state: ServiceState | None, *, locked: bool) -> str:
    if state is None:
        return "starting" if locked else "stopped"
    if locked:
        return str(state.phase)
    # a supervisor that was killed could not write that it ended
    return str(state.phase) if state.phase in {Phase.STOPPED, Phase.FAILED} else "died"


def _ask_api(
    state: ServiceState | None, settings: Settings
) -> tuple[dict[str, dict[str, Any]], tuple[bool, str | None] | None]:
    """The signs of life that the processes leave in the database, and whether the API is ready."""
    if state is None or state.url is None:
        return {}, None
    readiness = service.get(f"{state.url}/readyz")
    if readiness is None:
        return {}, (False, "the API does not answer")
    ready = (True, None) if readiness.ok else (False, _detail(readiness))
    response = service.get(f"{state.url}/api/v1/service", token=service.first_token(settings))
    if response is None or not response.ok:
        return {}, ready
    try:
        listed = response.json()["processes"]
        return {str(beat["name"]): beat for beat in listed}, ready
    except (ValueError, KeyError, TypeError):
        return {}, ready


def _detail(response: Any) -> str:
    try:
        document = response.json()
        return str(document.get("detail") or document.get("title") or response.status_code)
    except (ValueError, AttributeError):
        return f"the API answers {response.status_code}"


def _process(record: ProcessRecord, beats: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    process = record.identity.process() if record.identity else None
    beat = _beat_of(record.name, beats)
    return {
        "name": record.name,
        "state": "running" if process else "waits to be restarted",
        "pid": process.pid if process else None,
        "uptime_seconds": _since(record.started_at) if process else None,
        "restarts": record.restarts,
        "last_end": record.last_end,
        "memory_bytes": _memory(process),
        "beat_age_seconds": beat.get("age_seconds") if beat else None,
    }


def _beat_of(name: str, beats: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    """A beat is named after its process, perhaps followed by its host and pid."""
    if name not in HANDS:
        return None
    fitting = [beat for key, beat in beats.items() if key == name or _first_word(key) == name]
    return min(fitting, key=lambda beat: float(beat.get("age_seconds") or 0.0), default=None)


def _first_word(name: str) -> str:
    for separator in "@:/ ":
        name = name.split(separator, 1)[0]
    return name


def _memory(process: psutil.Process | None) -> int | None:
    if process is None:
        return None
    try:
        members = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in members)
    except psutil.Error:
        return None


def _redis(home: Home, settings: Settings, state: ServiceState | None) -> dict[str, Any]:
    own = "broker_url" not in settings.model_fields_set
    if not own:
        reachable = redis_server.answers(settings.broker_url)
        return {"own": False, "port": None, "reachable": reachable}
    port = state.ports.get(REDIS) if state else None
    reachable = port is not None and redis_server.answers(redis_server.address(home, port))
    return {"own": True, "port": port, "reachable": reachable}


def _database(
    home: Home, settings: Settings, ready: tuple[bool, str | None] | None, *, running: bool
) -> dict[str, Any]:
    url = settings.database_url or f"sqlite:///{home.folder / 'amun.sqlite'}"
    path = database_path(url)
    size = path.stat().st_size if path is not None and path.is_file() else None
    return {
        "kind": url.partition(":")[0].partition("+")[0],
        "path": str(path) if path else None,
        "size_bytes": size,
        "reachable": ready[0] if ready else None,
        "why": ready[1] if ready else (None if running else "the service does not run"),
    }


def _engines(beats: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    """What the workers found out about the engines of this host; None if none has said yet."""
    for beat in beats.values():
        detail = beat.get("detail")
        listed = detail.get("engines") if isinstance(detail, dict) else None
        if isinstance(listed, list) and listed:
            return {
                str(engine["name"]): {key: value for key, value in engine.items() if key != "name"}
                for engine in listed
                if isinstance(engine, dict) and "name" in engine
            }
    return None


def _time(stamp: float | None) -> str | None:
    if stamp is None:
        return None
    return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _since(stamp: float | None) -> float | None:
    return None if stamp is None else round(max(0.0, time.time() - stamp), 1)
