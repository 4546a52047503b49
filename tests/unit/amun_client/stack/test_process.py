from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from amun_client.errors import (
    NoStackError,
    NotCountedError,
    ResolvingFailedError,
    UsageFaultError,
)
from amun_client.stack import process
from amun_client.stack.errors import error_of
from amun_client.stack.process import Where, ask
from tests.support.stack_questions import question, write_snapshot


class Seen:
    def __init__(self) -> None:
        self.stages: list[str] = []

    def seen(self, progress: dict[str, Any]) -> None:
        self.stages.append(progress["stage"])


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let a shell script take the place of the interpreter."""
    path = tmp_path / "interpreter"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(process.sys, "executable", str(path))


def test_a_real_process_answers(tmp_path: Path) -> None:
    watcher = Seen()
    where = Where(snapshot=write_snapshot(tmp_path / "snapshot"), offline=True)
    answer = ask(question("count", "app"), where, watcher, os.environ)
    assert answer["count"] == "6"
    assert set(watcher.stages) == {"reading the index", "compiling the space"}


def test_what_it_is_answered_from_becomes_arguments() -> None:
    where = Where(Path("Pipfile"), "https://x.example", True, None, Path("s"))
    assert where.arguments() == [
        *("--file", "Pipfile", "--index", "https://x.example", "--save-snapshot", "s"),
        "--offline",
    ]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo Traceback >&2; echo 'KeyError: 1' >&2; exit 1", "no answer came: KeyError: 1"),
        ("cat > /dev/null; exit 3", "no answer came: exit code 3"),
        ("cat > /dev/null; echo hello", "not understood: hello"),
        ("cat > /dev/null; kill -9 $$", "more memory than there is"),
    ],
)
def test_a_process_that_breaks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str
) -> None:
    stand_in(monkeypatch, tmp_path, script)
    with pytest.raises(ResolvingFailedError, match=message):
        ask({"a": "question"}, Where(), Seen(), {"PATH": os.environ["PATH"]})


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("A922", NoStackError),
        ("A901", NoStackError),
        ("A921", NotCountedError),
        ("A100", UsageFaultError),
        ("A923", UsageFaultError),
        ("A911", ResolvingFailedError),
    ],
)
def test_errors_keep_their_code(code: str, kind: type) -> None:
    faults = [{"pointer": "/x", "message": "bad", "hint": None}]
    error = error_of({"code": code, "message": "because", "hint": "do", "faults": faults})
    assert type(error) is kind
    assert (error.code, str(error), error.hint) == (code, "because", "do")
    assert error.faults[0].pointer == "/x"  # type: ignore[attr-defined]
