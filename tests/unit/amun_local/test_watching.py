"""What lives and does nothing is found, and only after a second look."""

from __future__ import annotations

import os
import platform
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from amun_local.child import Child
from amun_local.process_table import ManagedProcess
from amun_local.rolling_log import RollingLog
from amun_local.watching import Watch, is_stopped, sign_of

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


def sign(pid: int, age: float, **detail: Any) -> dict[str, Any]:
    return {"name": "measurer@id", "age_seconds": age, "detail": {"pid": pid, **detail}}


def started(folder: Path, **managed: Any) -> Child:
    child = Child(
        ManagedProcess("measurer", SLEEP, **managed),
        RollingLog(folder / "log", maximum_bytes=4096),
    )
    child.start(dict(os.environ), folder)
    return child


def await_end(child: Child) -> None:
    while child.running and not child.noticed_death():
        time.sleep(0.01)


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    made = started(tmp_path, gives_signs=True)
    yield made
    made.end("the test is over")
    await_end(made)


@pytest.mark.parametrize(
    ("age", "detail", "why"),
    [
        (31.0, {}, "gave no sign of life for 31 s"),
        (31.0, {"host": platform.node()}, "gave no sign of life for 31 s"),
        (1.0, {"quiet_seconds": 100.0}, "stood still for 101 s"),
        (1.0, {"quiet_seconds": 60.0}, None),
        (29.0, {}, None),
        (31.0, {"host": "another"}, None),
    ],
)
def test_a_worker_is_ended_where_two_looks_find_it_idle(child, age, detail, why):
    watch = Watch(30.0, lambda: [sign(child.pid or 0, age, **detail), sign(1, 999.0)])
    assert watch.look([child]) == []
    assert watch.look([child]) == ([(child, why)] if why else [])


def test_after_the_machine_slept_nobody_is_ended(child):
    ages = iter([400.0, 2.0, 400.0, 1.0])
    watch = Watch(30.0, lambda: [sign(child.pid or 0, next(ages))])
    assert [watch.look([child]) for _ in range(4)] == [[]] * 4


@pytest.mark.parametrize("signs", [None, []])
def test_where_nobody_can_be_asked_nobody_is_ended(child, signs):
    watch = Watch(30.0, lambda: signs)
    assert [watch.look([child]) for _ in range(3)] == [[]] * 3


def test_what_is_asked_itself_may_be_silent_for_a_leases_time(tmp_path):
    child = started(tmp_path, answers=lambda: False)
    clock = iter(range(0, 1000, 10))
    watch = Watch(30.0, lambda: None, clock=lambda: float(next(clock)))
    found: list[Any] = []
    looks = 0
    while not found:
        found = watch.look([child])
        looks += 1
        assert looks < 20
    assert looks > 1
    assert "did not answer for" in found[0][1]
    child.end("why it was")
    await_end(child)
    assert child.last_end == "why it was"


def test_a_stopped_process_is_seen_as_such_and_can_be_ended(child):
    process = child.process()
    assert process is not None
    assert not is_stopped(process)
    process.send_signal(signal.SIGSTOP)
    while not is_stopped(process):
        time.sleep(0.01)
    child.end("stopped")
    await_end(child)
    assert child.last_end == "stopped"


def test_a_sign_of_an_earlier_process_is_not_this_ones():
    assert sign_of("measurer", 7, [sign(8, 1.0)]) is None
    assert sign_of("builder", 7, [sign(7, 1.0)]) is None
    assert sign_of("measurer", 7, [sign(7, 1.0)]) == sign(7, 1.0)
    assert sign_of("measurer", None, [sign(7, 1.0)]) is None


def test_what_a_worker_started_ends_with_it(tmp_path):
    code = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', "
        "'import time; time.sleep(600)']); time.sleep(600)"
    )
    command = (sys.executable, "-c", code)
    child = Child(
        ManagedProcess("measurer", command), RollingLog(tmp_path / "log", maximum_bytes=4096)
    )
    child.start(dict(os.environ), tmp_path)
    process = child.process()
    assert process is not None
    while not process.children():
        pass
    below = process.children()
    child.end("why")
    await_end(child)
    _, alive = psutil.wait_procs(below, timeout=20)
    # nobody waits here for what is nobody's child any more
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


def test_a_process_that_never_spoke_is_ended_unless_another_speaks_for_its_host(child):
    child._started -= 1000
    for signs, ended in (
        ([sign(1, 500.0)], True),
        ([{"name": "builder@id", "age_seconds": 1.0, "detail": {"pid": 2}}], True),
        ([sign(1, 2.0)], False),
        ([sign(1, 2.0, host="another")], True),
    ):
        watch = Watch(30.0, lambda signs=signs: signs)
        watch.look([child])
        assert bool(watch.look([child])) is ended, signs
