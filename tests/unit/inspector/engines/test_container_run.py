"""What the engine's last words about a run mean. Documents as recorded from docker."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from amun_core.errors import EngineError
from inspector.engines import container_run
from inspector.engines.base import RunFolder
from inspector.engines.container_command import ContainerCommand
from inspector.engines.container_run import _exit, _microseconds, _Watch

DOCKER = ContainerCommand("docker", "docker")
STATE: dict[str, Any] = {
    "Status": "exited",
    "OOMKilled": False,
    "ExitCode": 0,
    "Error": "",
    "StartedAt": "2026-11-21T10:17:04.123456789Z",
    "FinishedAt": "2026-11-21T10:17:06.623456789Z",
}


@pytest.fixture
def watch(tmp_path: Path) -> _Watch:
    folder = RunFolder(tmp_path)
    folder.result.parent.mkdir()
    folder.stderr.write_text("docker: no such device\nmore\n")
    return _Watch(time.monotonic() + 60, 1024, folder, lambda: False)


def test_a_good_end(watch: _Watch) -> None:
    end = _exit(DOCKER, {"State": STATE}, watch, 3.0)
    assert (end.exit_code, end.signal, end.oom_killed) == (0, None, False)
    assert end.wall_seconds == 2.5
    assert end.peak_rss_bytes is None  # it is read with everything else that the run left


@pytest.mark.parametrize(("code", "exit_code", "signal"), [(3, 3, None), (139, None, 11)])
def test_signals_are_told_from_exit_codes(
    watch: _Watch, code: int, exit_code: int | None, signal: int | None
) -> None:
    end = _exit(DOCKER, {"State": {**STATE, "ExitCode": code}}, watch, 3.0)
    assert (end.exit_code, end.signal) == (exit_code, signal)
    assert end.peak_rss_bytes is None


def test_out_of_memory_is_seen(watch: _Watch) -> None:
    state = {**STATE, "ExitCode": 137, "OOMKilled": True}
    end = _exit(DOCKER, {"State": state}, watch, 3.0)
    assert (end.oom_killed, end.signal) == (True, 9)


def test_a_child_killed_for_memory_that_did_no_harm_is_no_failure(watch: _Watch) -> None:
    assert _exit(DOCKER, {"State": {**STATE, "OOMKilled": True}}, watch, 3.0).oom_killed is False


def test_a_container_that_never_started_is_the_engines_fault(watch: _Watch) -> None:
    state = {**STATE, "Status": "created", "ExitCode": 128, "StartedAt": "0001-01-01T00:00:00Z"}
    with pytest.raises(EngineError, match=r"could not start the run: docker: no such device$"):
        _exit(DOCKER, {"State": state}, watch, 3.0)
    with pytest.raises(EngineError, match="lost the container of the run"):
        _exit(DOCKER, None, watch, 3.0)


def test_what_lies_in_place_of_the_result_is_not_opened(watch: _Watch) -> None:
    os.mkfifo(watch.folder.result)
    assert _exit(DOCKER, {"State": STATE}, watch, 3.0).exit_code == 0
    watch.folder.stderr.unlink()
    os.mkfifo(watch.folder.stderr)
    with pytest.raises(EngineError, match="removed by somebody else"):
        _exit(DOCKER, None, watch, 3.0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-11-21T10:17:04.123456789Z", "2026-11-21T10:17:04.123456Z"),
        ("2026-11-21T10:17:04.5+00:00", "2026-11-21T10:17:04.5+00:00"),
        ("2026-11-21T10:17:04Z", "2026-11-21T10:17:04Z"),
    ],
)
def test_nanoseconds_are_cut(given: str, kept: str) -> None:
    assert _microseconds(given) == kept


def test_a_run_that_is_over_is_ended(watch: _Watch) -> None:
    assert not watch.over
    watch.deadline = time.monotonic()
    assert watch.over
    assert watch.timed_out


def test_a_run_that_fills_its_folder_is_ended(
    watch: _Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_run, "FOLDER_ENTRIES", 20)
    for number in range(21):
        (watch.folder.result.parent / str(number)).touch()
    assert watch.over
    assert watch.wrote_too_much
