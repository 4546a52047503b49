from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dependency_monkey import __main__ as process
from tests.support.stack_questions import question, write_snapshot

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def ask(monkeypatch: Patch, capsys: Capture, text: str, *arguments: str) -> tuple[int, list[Any]]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    code = process.main(arguments)
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_progress_then_the_answer(monkeypatch: Patch, capsys: Capture, tmp_path: Path) -> None:
    snapshot = str(write_snapshot(tmp_path / "snapshot"))
    text = json.dumps(question("count", "app"))
    code, events = ask(monkeypatch, capsys, text, "--snapshot", snapshot, "--offline")
    assert code == 0
    assert [event["event"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
    assert {event["stage"] for event in events[:-1]} == {"reading the index", "compiling the space"}
    assert events[-1]["event"] == "answer"
    assert events[-1]["answer"]["count"] == "6"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("nothing", "A100", "the question is not JSON"),
        ('{"verb": "count"}', "A106", "names neither requirements nor a file"),
        (json.dumps(question("count", "lonely")), "A922", "no stack is valid"),
        (json.dumps(question("count", "gone")), "A912", "has no project 'gone'"),
    ],
)
def test_an_error_is_an_event(
    monkeypatch: Patch, capsys: Capture, tmp_path: Path, text: str, code: str, message: str
) -> None:
    snapshot = str(write_snapshot(tmp_path / "snapshot"))
    ended, events = ask(monkeypatch, capsys, text, "--snapshot", snapshot)
    assert ended == 1
    assert events[-1]["event"] == "error"
    assert events[-1]["error"]["code"] == code
    assert message in events[-1]["error"]["message"]


def test_faults_travel_with_the_error(monkeypatch: Patch, capsys: Capture) -> None:
    _, events = ask(monkeypatch, capsys, json.dumps(question("guess", "app")))
    assert [fault["pointer"] for fault in events[-1]["error"]["faults"]] == ["/verb"]


def test_progress_of_one_stage_is_thinned_out(capsys: Capture) -> None:
    lines = process.Lines()
    for number in range(100):
        lines.progress("reading the index", {"packages": number})
    lines.progress("compiling the space", {})
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["stage"] for event in events] == ["reading the index", "compiling the space"]


#: Remarks on a file reach the user also where the question fails.
PROJECT = "[project]\nname = 'x'\ndependencies = ['{}', 'b; os_name == \"nt\"']\n"
SETTINGS = "[tool.uv]\nno-binary = true\n"


def asked(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    verb: str = "count",
) -> dict[str, Any]:  # fmt: skip
    document = question(verb)
    document.pop("requirements", None)
    document["file"] = {"name": "pyproject.toml", "content": text}
    snapshot = write_snapshot(tmp_path / "snapshot")
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(document)))
    process.main(["--snapshot", str(snapshot)])
    last: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return last


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("app==99", "A922"),  # no stack is valid
        ("no-such-package", "A9"),  # no index has it
        ("app @ https://u:secret@f.example/app", "A948"),  # the file itself is refused
    ],
)
def test_an_error_has_the_remarks(
    wanted: str,
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    event = asked(PROJECT.format(wanted) + SETTINGS, tmp_path, monkeypatch, capsys)
    assert event["event"] == "error"
    assert event["error"]["code"].startswith(code)
    told = event["error"]["warnings"]
    assert any("/tool/uv/no-binary" in text for text in told)
    assert any("does not apply in this environment" in text for text in told)
    assert len(told) == len(set(told))
    assert "secret" not in json.dumps(event)


def test_an_answer_has_them_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    event = asked(PROJECT.format("app") + SETTINGS, tmp_path, monkeypatch, capsys)
    assert any("/tool/uv/no-binary" in text for text in event["answer"]["warnings"])
