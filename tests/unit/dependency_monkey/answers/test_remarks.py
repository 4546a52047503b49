"""Remarks on a file reach the user also where the question fails."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dependency_monkey.__main__ import main
from tests.support.stack_questions import question, write_snapshot

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
    main(["--snapshot", str(snapshot)])
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
