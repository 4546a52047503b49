"""The status of a server that was named: what it says of itself, its processes and its hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.api import Client

STATUS_SCHEMA = "amun.server-status/1"


def server_status(client: Client) -> dict[str, Any]:
    """The whole answer of `amun status --json` for the server of `client`."""
    described = client.service()
    ready, why = client.ready()
    return {
        "schema": STATUS_SCHEMA,
        "url": client.server.url,
        "named_by": client.server.origin,
        "version": described.get("version"),
        "ready": ready,
        "why": why,
        "processes": described.get("processes") or [],
        "hosts": client.hosts().get("hosts") or [],
    }


def status_lines(document: Mapping[str, Any]) -> list[str]:
    """The same in words."""
    state = "ready" if document["ready"] else f"not ready: {document['why']}"
    lines = [f"Amun {document['version']} at {document['url']} ({document['named_by']}): {state}"]
    lines += [_process_line(process) for process in document["processes"]]
    if not document["processes"]:
        lines.append("no process has given a sign of life: nothing builds or measures")
    for process in document["processes"]:
        lines += _engine_lines(process)
    lines += [_host_line(host) for host in document["hosts"]]
    return lines


def _process_line(process: Mapping[str, Any]) -> str:
    role, _, named = str(process.get("name")).partition("@")
    detail = _mapping(process.get("detail"))
    age = float(process.get("age_seconds") or 0.0)
    state = process.get("state") or ""
    line = f"  {role:<10} {state:<6} on {detail.get('host') or named}"
    if detail.get("pid"):
        line += f"  pid {detail['pid']}"
    line += f"  sign of life {_age(age)} ago"
    quiet = detail.get("quiet_seconds")
    if state == "hangs" and isinstance(quiet, int | float):
        line += f", its work stands still for {_age(age + quiet)}"
    return line


def _engine_lines(process: Mapping[str, Any]) -> list[str]:
    detail = _mapping(process.get("detail"))
    engines = detail.get("engines")
    if not isinstance(engines, Sequence) or not str(process.get("name")).startswith("measurer"):
        return []
    place = detail.get("host") or str(process["name"]).partition("@")[2]
    return [_engine_line(engine, place) for engine in map(_mapping, engines)]


def _engine_line(engine: Mapping[str, Any], place: object) -> str:
    word = "usable" if engine.get("usable") else "not usable"
    why = f" ({engine['why']})" if engine.get("why") else ""
    return f"engine {engine.get('name')} on {place}: {word}{why}"


def _host_line(host: Mapping[str, Any]) -> str:
    return (
        f"host {host.get('name')} {str(host.get('id'))[:12]}, last seen {host.get('last_seen_at')}"
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _age(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"
