"""`amun status`: what runs, what answers, what this host can do."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import psutil

from amun_core.settings import Settings
from amun_core.signs import Working, quiet_seconds
from amun_local import redis_server, service, state_file
from amun_local.home import Home
from amun_local.migration import database_path
from amun_local.redis_server import NAME as REDIS
from amun_local.state_file import Phase, ProcessRecord, ServiceState
from amun_local.watching import Sign, fares, is_stopped, sign_of

STATUS_SCHEMA = "amun.status/1"
#: The API writes to the database before it says that it is ready; a locked one is waited for, s.
READY_SECONDS = 8.0
#: The code of an API that is well, where no worker of a role works.
WORKERS_GONE = "A401"


def status(home: Home, settings: Settings) -> dict[str, Any]:
    """The whole answer of `amun status --json`."""
    state = state_file.read(home.state_file)
    locked = state_file.is_locked(home.service_lease)
    signs, ready = _ask_api(state, settings) if locked else ([], None)
    running = state if locked else None
    return {
        "schema": STATUS_SCHEMA,
        "state": _word(state, locked=locked),
        "url": running.url if running else None,
        "version": running.version if running else service.installed_version(),
        "pid": running.supervisor.pid if running and running.supervisor else None,
        "started_at": _time(running.started_at) if running else None,
        "uptime_seconds": _since(running.started_at) if running else None,
        "processes": [
            _process(record, signs, settings.lease_seconds)
            for record in (running.processes if running else ())
        ],
        "redis": _redis(home, settings, running),
        "database": _database(home, settings, ready, running=running is not None),
        "engines": _engines(signs),
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
) -> tuple[list[Sign], tuple[bool, str | None] | None]:
    """The signs of life that the processes leave in the database, and whether the API is ready."""
    if state is None or state.url is None:
        return [], None
    readiness = service.get(f"{state.url}/readyz", timeout_seconds=READY_SECONDS)
    if readiness is None:
        return [], (False, "the API does not answer")
    # that a worker is missing is told with the workers, not with the database
    ready = readiness.ok or _code(readiness) == WORKERS_GONE
    found = service.signs(state.url, service.first_token(settings)) or []
    return found, (ready, None if ready else _detail(readiness))


def _code(response: Any) -> str | None:
    try:
        return str(response.json().get("code"))
    except (ValueError, AttributeError):
        return None


def _detail(response: Any) -> str:
    try:
        document = response.json()
        return str(document.get("detail") or document.get("title") or response.status_code)
    except (ValueError, AttributeError):
        return f"the API answers {response.status_code}"


def _process(record: ProcessRecord, signs: list[Sign], lease_seconds: float) -> dict[str, Any]:
    process = record.identity.process() if record.identity else None
    sign = sign_of(record.name, record.pid, signs) if process else None
    state, why = _state(process, sign, lease_seconds)
    return {
        "name": record.name,
        "state": state,
        "why": why,
        "pid": process.pid if process else None,
        "uptime_seconds": _since(record.started_at) if process else None,
        "restarts": record.restarts,
        "last_end": record.last_end,
        "memory_bytes": _memory(process),
        "beat_age_seconds": sign.get("age_seconds") if sign else None,
    }


def _state(
    process: psutil.Process | None, sign: Sign | None, lease_seconds: float
) -> tuple[str, str | None]:
    """What the process does, shown by its work, and what speaks against it."""
    if process is None:
        return "waits to be restarted", None
    if is_stopped(process):
        return "stopped", "by a signal; it does nothing"
    found = Working.WORKS if sign is None else fares(sign, lease_seconds)
    if sign is None or found is Working.WORKS:
        return "running", None
    quiet = quiet_seconds(float(sign["age_seconds"]), sign.get("detail") or {})
    what = "no sign of life" if found is Working.SILENT else "its work stands still"
    return str(found), f"{what} for {quiet:.0f} s; it is ended and started again"


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


def _engines(signs: list[Sign]) -> dict[str, Any] | None:
    """What the workers found out about the engines of this host; None if none has said yet."""
    for sign in signs:
        detail = sign.get("detail")
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
