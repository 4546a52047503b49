"""A user's own script: what it prints is the result, and passes through."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from pis import script
from pis.failures import RunFailedError

PUBLISHED = {
    "name": "PiOwn",
    "component": "mine",
    "@parameters": {"n": 3},
    "@result": {"rate": 1.5, "elapsed": 2.0},
}


def run(tmp_path: Path, text: str, output_bytes: int = 4096) -> dict[str, Any]:
    path = tmp_path / "script.py"
    path.write_text(text)
    stdout = os.open(tmp_path / "stdout", os.O_WRONLY | os.O_CREAT)
    try:
        return script.run(str(path), output_bytes, stdout)
    finally:
        os.close(stdout)


def printed(tmp_path: Path) -> str:
    return (tmp_path / "stdout").read_text()


def test_script_that_prints_its_result(tmp_path: Path) -> None:
    document = run(tmp_path, f"print({json.dumps(PUBLISHED)!r})")
    assert document == PUBLISHED
    assert printed(tmp_path) == json.dumps(PUBLISHED) + "\n"
    result: dict[str, Any] = {"@result": {}}
    script.fill(result, document)
    assert result == PUBLISHED


def test_a_child_that_holds_the_output_is_not_waited_for(tmp_path: Path) -> None:
    text = (
        "import os, time\n"
        "child = os.fork()\n"
        "if child == 0:\n    time.sleep(60)\n    os._exit(0)\n"
        "print('{\"@result\": {\"child\": ' + str(child) + '}}', flush=True)\n"
    )
    started = time.monotonic()
    document = run(tmp_path, text)
    os.kill(document["@result"]["child"], signal.SIGKILL)
    assert time.monotonic() - started < 30


def test_script_without_a_name(tmp_path: Path) -> None:
    document = run(tmp_path, 'print(\'{"@result": {"elapsed": 3}}\')')
    result: dict[str, Any] = {}
    script.fill(result, document)
    assert result == {
        "name": "script",
        "component": "script",
        "@parameters": {},
        "@result": {"elapsed": 3},
    }


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        ("import sys; sys.exit(7)", "the script ended with exit code 7"),
        ("raise ValueError('no')", "the script ended with exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", "the script ended by signal 9"),
    ],
)
def test_script_that_fails(tmp_path: Path, ending: str, message: str) -> None:
    with pytest.raises(RunFailedError) as caught:
        run(tmp_path, f"print('some words', flush=True)\n{ending}")
    assert (caught.value.reason, caught.value.message) == ("script_failed", message)
    assert printed(tmp_path) == "some words\n"


def test_script_that_prints_too_much_passes_through_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(RunFailedError) as caught:
        run(tmp_path, "print('x' * 5000)")
    assert caught.value.reason == "output_too_large"
    assert caught.value.message == "the script printed more than 4096 bytes"
    assert len(printed(tmp_path)) == 5001


def test_script_runs_on_when_nobody_reads(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(f"print('y' * 70000); print({json.dumps(PUBLISHED)!r})")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert script.run(str(path), 100_000, writing) == PUBLISHED
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PUBLISHED),
        json.dumps(PUBLISHED, indent=2),
        "epoch 1 {loss: 3}\n{not json}\n" + json.dumps(PUBLISHED) + "\n",
        '{"@result": {"rate": 9}}\n' + json.dumps(PUBLISHED, indent=1),
    ],
)
def test_the_last_object_counts(text: str) -> None:
    assert script.parse(text) == PUBLISHED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the script printed no JSON object"),
        ("[1, 2]", "the script printed no JSON object"),
        (
            'first\n{"@result": {"rate": NaN}}',
            "the script printed no JSON object: NaN is not a JSON number",
        ),
        ('{"@parameters": {}}', "what the script printed has no @result"),
        ('{"@result": 5}', "@result in what the script printed is not an object"),
        (
            '{"@result": {}, "@parameters": []}',
            "@parameters in what the script printed is not an object",
        ),
    ],
)
def test_output_that_is_no_result(text: str, message: str) -> None:
    with pytest.raises(RunFailedError) as caught:
        script.parse(text)
    assert (caught.value.reason, caught.value.message) == ("script_output_invalid", message)
