from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inspector import quiet_host
from inspector.engines.base import StoppedError
from inspector.quiet_host import sharing_now, wait_for_quiet


@pytest.fixture
def stat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str | None]:
    """What is said where /proc/stat reads so at the beginning and so at the end of a look."""
    (tmp_path / "proc").mkdir()

    def look(first: str, last: str) -> str | None:
        file = tmp_path / "proc/stat"
        file.write_text(f"cpu  {first}\n")
        monkeypatch.setattr(quiet_host.time, "sleep", lambda _s: file.write_text(f"cpu  {last}\n"))
        return sharing_now(tmp_path)

    return look


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("100 0 0 140 0 0 0 0 0 0", None),
        ("103 0 0 137 0 0 0 0 0 0", None),  # 3 of 40 ticks
        ("120 0 0 120 0 0 0 0 0 0", "other processes used 50.0% of the CPU time"),
        ("100 0 30 110 0 0 0 0 0 0", "other processes used 75.0% of the CPU time"),
        ("100 0 0 130 0 0 0 10 0 0", "the hypervisor took 25.0% of the CPU time"),
        ("100 0 0 139 0 0 0 1 0 0", None),  # one tick may be chance
        ("100 0 0 100 0 0 0 0 0 0", None),  # no tick at all
        ("no numbers", None),
    ],
)
def test_a_look(stat: Callable[[str, str], str | None], last: str, said: str | None) -> None:
    assert stat("100 0 0 100 0 0 0 0 0 0", last) == said


def test_a_host_that_tells_nothing(tmp_path: Path) -> None:
    assert sharing_now(tmp_path, seconds=0) is None


def test_waiting_ends_when_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet_host, "PAUSE_SECONDS", 0.001)
    looks = iter(["other processes used 50.0% of the CPU time"] * 3 + [None])
    told: list[str] = []
    waited = wait_for_quiet(60, lambda: False, told.append, look=lambda: next(looks))
    assert 0 < waited < 60
    assert told == ["other processes used 50.0% of the CPU time"]
    assert wait_for_quiet(60, lambda: False, told.append, look=lambda: None) == 0.0


def test_waiting_has_a_bound_and_hears_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet_host, "PAUSE_SECONDS", 0.01)
    busy = "other processes used 100.0% of the CPU time"
    assert wait_for_quiet(0.05, lambda: False, lambda _s: None, look=lambda: busy) > 0.05
    with pytest.raises(StoppedError):
        wait_for_quiet(60, lambda: True, lambda _s: None, look=lambda: busy)
