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
    result: dict[str, Any] = {}
    try:
        script.run(str(path), output_bytes, stdout, result)
    finally:
        os.close(stdout)
    return result


def printed(tmp_path: Path) -> str:
    return (tmp_path / "stdout").read_text()


def test_script_that_prints_its_result(tmp_path: Path) -> None:
    result = run(tmp_path, f"print({json.dumps(PUBLISHED)!r})")
    assert result == {**PUBLISHED, "timing": "own"}
    assert printed(tmp_path) == json.dumps(PUBLISHED) + "\n"


def test_a_child_that_holds_the_output_is_not_waited_for(tmp_path: Path) -> None:
    text = (
        "import os, time\n"
        "child = os.fork()\n"
        "if child == 0:\n    time.sleep(60)\n    os._exit(0)\n"
        'print(\'{"@result": {"rate": 1, "child": \' + str(child) + \'}}\', flush=True)\n'
    )
    started = time.monotonic()
    result = run(tmp_path, text)
    os.kill(result["@result"]["child"], signal.SIGKILL)
    assert time.monotonic() - started < 30


def test_script_without_a_name(tmp_path: Path) -> None:
    assert run(tmp_path, 'print(\'{"@result": {"elapsed": 3}}\')') == {
        "name": "script",
        "component": "script",
        "@parameters": {},
        "@result": {"elapsed": 3},
        "timing": "own",
    }


@pytest.mark.parametrize(
    "text",
    ["", "print('hello')", "print('{\"accuracy\": 0.9}')", "print('[1, 2]')", "print({'a': 1})"],
)
def test_an_ordinary_script_is_timed_as_a_whole_process(tmp_path: Path, text: str) -> None:
    body = "import time\ntime.sleep(0.05)\nsum(range(3_000_000))\nx = bytearray(60 << 20)\n"
    result = run(tmp_path, body + text)
    told = result["@result"]
    assert (result["timing"], result["component"]) == ("whole_process", "python")
    assert told["elapsed"] >= 50  # ms: it slept that long
    assert told["elapsed"] / 1000 >= 0.05 + told["user_seconds"] * 0.5
    assert told["user_seconds"] > 0
    assert told["peak_rss_bytes"] >= 60 << 20


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
        result: dict[str, Any] = {}
        script.run(str(path), 100_000, writing, result)
        assert result["@result"] == PUBLISHED["@result"]
    finally:
        os.close(writing)
