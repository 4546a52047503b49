from __future__ import annotations

from typing import Any

import pytest

from amun_local import messages
from amun_local.errors import BY_CODE, StartFailedError, from_record, to_record

STATUS: dict[str, Any] = {
    "version": "1.2.3",
    "state": "ready",
    "url": "http://127.0.0.1:8000",
    "uptime_seconds": 75.2,
    "processes": [
        {
            "name": "api",
            "state": "running",
            "pid": 12,
            "uptime_seconds": 7.0,
            "restarts": 2,
            "last_end": "signal SIGKILL",
            "memory_bytes": 50 * 1024**2,
        },
        {
            "name": "reaper",
            "state": "waits to be restarted",
            "pid": None,
            "uptime_seconds": None,
            "restarts": 1,
            "last_end": "exit code 3",
            "memory_bytes": None,
        },
    ],
    "redis": {"own": True, "reachable": False},
    "database": {"kind": "sqlite", "path": "/h/amun.sqlite", "reachable": True, "why": None},
    "engines": {
        "container": {"usable": False, "why": "no docker"},
        "process": {"usable": True, "why": ""},
    },
    "failure": None,
    "notes": ["port 8000 belongs to another program; took port 9000"],
    "home": "/h",
    "logs": "/h/logs",
}


def test_status_in_words() -> None:
    assert messages.status_lines(STATUS) == [
        "Amun 1.2.3: ready at http://127.0.0.1:8000 for 1 min 15 s",
        "  api        running  pid 12  up 7 s  50 MiB  restarted 2x (last: signal SIGKILL)",
        "  reaper     waits to be restarted  restarted 1x (last: exit code 3)",
        "  redis broker own: silent",
        "database /h/amun.sqlite (answers)",
        "engine container: not usable (no docker)",
        "engine process: usable",
        "note: port 8000 belongs to another program; took port 9000",
        "home /h",
        "logs /h/logs",
    ]


def test_engines_that_nobody_has_tried_yet_are_no_silence() -> None:
    lines = messages.status_lines({**STATUS, "engines": None})
    assert "engines: the workers still try them; ask again in a few seconds" in lines
    assert not any(line.startswith("engine ") for line in lines)


def test_an_error_has_code_lines_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    messages.error(StartFailedError("api died\nlast line", hint="look there"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error[A715]: api died\n  last line\n  hint: look there\n"


def test_an_error_survives_the_state_file() -> None:
    for code, kind in BY_CODE.items():
        found = from_record(to_record(kind("what", hint="do")))
        assert (type(found), found.code, str(found), found.hint) == (kind, code, "what", "do")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "?"), (3.4, "3 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90000, "1 d 1 h")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert messages.duration(seconds) == text
