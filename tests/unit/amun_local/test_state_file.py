from __future__ import annotations

from pathlib import Path

import pytest

from amun_local import state_file
from amun_local.process_identity import ProcessIdentity
from amun_local.state_file import Phase, ProcessRecord, ServiceState

STATE = ServiceState(
    phase=Phase.READY,
    version="1.2.3",
    supervisor=ProcessIdentity(12, 1.5),
    url="http://127.0.0.1:8000",
    ports={"api": 8000},
    processes=(ProcessRecord("api", 13, 2.5, 3.5, 1, "exit code 1"),),
    notes=("a note",),
    started_at=1.0,
)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "service.json"
    state_file.write(path, STATE)
    assert state_file.read(path) == STATE
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["service.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "amun.local-service/2"}',
        '{"schema": "amun.local-service/1"}',
        '{"schema": "amun.local-service/1", "phase": "odd", "version": "1"}',
        '{"schema": "amun.local-service/1", "phase": "ready", "version": "1", "ports": {"a": "b"}}',
        '{"schema": "amun.local-service/1", "phase": "ready", "version": "1", "processes": [{}]}',
    ],
)
def test_what_is_damaged_counts_as_absent(tmp_path: Path, text: str) -> None:
    path = tmp_path / "service.json"
    path.write_text(text)
    assert state_file.read(path) is None


def test_the_end_keeps_the_ports_only() -> None:
    assert STATE.ended(Phase.STOPPED) == ServiceState(
        phase=Phase.STOPPED, version="1.2.3", ports={"api": 8000}, started_at=1.0
    )


def test_all_recorded_processes_are_named() -> None:
    assert list(STATE.recorded()) == [ProcessIdentity(12, 1.5), ProcessIdentity(13, 2.5)]


def test_a_lock_is_held_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "service.lock"
    assert not state_file.is_locked(path)
    held = state_file.try_lock(path)
    assert held is not None
    assert state_file.is_locked(path)
    assert state_file.try_lock(path) is None
    held.close()
    assert not state_file.is_locked(path)


def test_a_stale_lock_file_locks_nothing(tmp_path: Path) -> None:
    (tmp_path / "service.lock").write_text("4711")
    assert not state_file.is_locked(tmp_path / "service.lock")
