"""What a person reads: answers on stdout, everything else on stderr, errors with code and hint."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from amun_core.errors import AmunError


def tell(text: str) -> None:
    """One line of the story."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stderr.fileno())


def answer(text: str) -> None:
    """The answer. Its reader may go away: that is no error, and nothing more is written."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def answer_json(document: dict[str, Any]) -> None:
    """The answer as a document."""
    answer(json.dumps(document, indent=2))


def error(found: AmunError) -> None:
    """`error[A715]: what`, further lines indented, then the hint."""
    first, *rest = str(found).splitlines()
    tell(f"error[{found.code}]: {first}")
    for line in rest:
        tell(f"  {line}")
    if found.hint:
        tell(f"  hint: {found.hint}")


def status_lines(document: dict[str, Any]) -> list[str]:
    """`amun status` in words."""
    state = document["state"]
    if state == "ready" and document["database"]["reachable"] is False:
        state = "not ready, the database does not answer"
    head = f"Amun {document['version']}: {state}"
    if document["url"]:
        head += f" at {document['url']} for {duration(document['uptime_seconds'])}"
    lines = [head, *(_process_line(process) for process in document["processes"])]
    if document["processes"]:
        redis = document["redis"]
        kind = "own" if redis["own"] else "external"
        lines.append(f"  redis broker {kind}: {'answers' if redis['reachable'] else 'silent'}")
    database = document["database"]
    place = database["path"] or database["kind"]
    state = {True: "answers", False: f"does not answer: {database['why']}", None: database["why"]}
    lines.append(f"database {place} ({state[database['reachable']] or 'not asked'})")
    for name, engine in (document["engines"] or {}).items():
        lines.append(f"engine {name}: {_engine(engine)}")
    if document["processes"] and not document["engines"]:
        lines.append("engines: the workers still try them; ask again in a few seconds")
    if document["failure"]:
        lines.append(f"last failure: {document['failure'].get('message')}")
    lines += [f"note: {note}" for note in document["notes"]]
    return [*lines, f"home {document['home']}", f"logs {document['logs']}"]


def _process_line(process: dict[str, Any]) -> str:
    line = f"  {process['name']:<10} {process['state']}"
    if process.get("why"):
        line += f" ({process['why']})"
    if process["pid"]:
        memory = (process["memory_bytes"] or 0) / 1024**2
        line += (
            f"  pid {process['pid']}  up {duration(process['uptime_seconds'])}  {memory:.0f} MiB"
        )
    if process["restarts"]:
        line += f"  restarted {process['restarts']}x (last: {process['last_end']})"
    return line


def _engine(engine: Any) -> str:
    if not isinstance(engine, dict):
        return str(engine)
    word = "usable" if engine.get("usable") else "not usable"
    return f"{word} ({engine['why']})" if engine.get("why") else word


def duration(seconds: float | None) -> str:
    """A time span in its two largest units."""
    if seconds is None:
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
