from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from amun_client.errors import NoStackError, ResolvingFailedError, UsageFaultError
from amun_client.pin_sharing import python_version_of, shared_pins

Patch = pytest.MonkeyPatch


def answering(monkeypatch: Patch, stdout: str, stderr: str = "") -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(list(command))
        return subprocess.CompletedProcess(list(command), 0, stdout, stderr)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_each_requirement_is_an_argument_of_its_own(monkeypatch: Patch) -> None:
    commands = answering(monkeypatch, '{"a": 1}')
    found = shared_pins(["x==1", "y"], ["x==2"], {}, python_version="3.12", latest_each=True)
    assert found == {"a": 1}
    assert commands[0][:4] == [sys.executable, "-P", "-m", "dependency_monkey.shared_pins"]
    assert commands[0][4:] == [
        *("--a", "x==1", "--a", "y", "--b", "x==2"),
        *("--python-version", "3.12", "--latest-each"),
    ]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("A901", NoStackError),
        ("A902", ResolvingFailedError),
        ("A100", UsageFaultError),
        ("A110", ResolvingFailedError),
    ],
)
def test_errors_of_the_process_are_ours(monkeypatch: Patch, code: str, kind: type) -> None:
    problem = {"error": {"code": code, "message": "because", "hint": "do that"}}
    answering(monkeypatch, json.dumps(problem))
    with pytest.raises(kind, match="because") as caught:
        shared_pins(["x"], ["y"], {})
    assert caught.value.hint == "do that"


def test_a_process_that_breaks_is_told_by_its_last_line(monkeypatch: Patch) -> None:
    answering(monkeypatch, "", "Traceback\nKeyError: 'x'\n")
    with pytest.raises(ResolvingFailedError, match="KeyError: 'x'"):
        shared_pins(["x"], ["y"], {})


@pytest.mark.parametrize(
    ("base", "version"),
    [
        ("docker.io/library/python:3.12-slim", "3.12.16"),
        ("python:3.11.4-slim", "3.11.4"),
        ("quay.io/thing/s2i-ubi8-py38:v0.2", "3.8.20"),
        ("registry.example/ubi8/python-39:latest", "3.9.25"),
        ("python:3", None),
        ("debian:12", None),
        ("registry.example/python:3.11/debian", None),
    ],
)
def test_python_versions_of_base_images(base: str, version: str | None) -> None:
    assert python_version_of(base) == version
