"""Processes of a run are found by descent and by mark, and measured one by one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from inspector.engines import process_table

MARK = f"table{os.getpid()}:inspection:1:0"

# starts a child in a session of its own whose parent ends at once: an orphan
FAMILY = """
import os, time
read, write = os.pipe()
child = os.fork()
if child == 0:
    time.sleep(600)
middle = os.fork()
if middle == 0:
    os.setsid()
    orphan = os.fork()
    if orphan == 0:
        os.write(write, str(os.getpid()).encode())
        time.sleep(600)
    os._exit(0)
os.waitpid(middle, 0)
print(child, os.read(read, 20).decode(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def run() -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """(first process of a run, its child, its orphaned grandchild)"""
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY],
        env={"AMUN_RUN": MARK},
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            child, orphan = map(int, process.stdout.readline().split())
            yield process, child, orphan
        finally:
            process.kill()
            process_table.end_marked("AMUN_RUN", MARK)


def test_family_is_found_by_descent_and_orphans_by_mark(
    run: tuple[subprocess.Popen[str], int, int],
) -> None:
    process, child, orphan = run
    assert process_table.family(process.pid, MARK) == sorted([process.pid, child, orphan])
    assert process_table.family(process.pid, MARK + "1") == sorted([process.pid, child])
    assert {one.pid for one in process_table.marked("AMUN_RUN", MARK)} == {
        process.pid,
        child,
        orphan,
    }


def test_whole_family_is_ended(run: tuple[subprocess.Popen[str], int, int]) -> None:
    process, _, _ = run
    process_table.end_family(process.pid, MARK)
    assert process.wait(10) == -9
    assert process_table.end_marked("AMUN_RUN", MARK) <= 2  # dead, perhaps not yet taken down
    assert list(process_table.marked("AMUN_RUN", MARK)) == []


def test_mark_must_begin_as_asked(run: tuple[subprocess.Popen[str], int, int]) -> None:
    assert list(process_table.marked("AMUN_RUN", "x" + MARK)) == []
    assert list(process_table.marked("MUN_RUN", MARK)) == []
    assert {one.mark for one in process_table.marked("AMUN_RUN", f"table{os.getpid()}:")} == {MARK}


def test_figures_of_a_living_process() -> None:
    own = os.getpid()
    assert process_table.thread_count(own) >= 1
    assert process_table.start_time(own).isdecimal()
    assert 0 < process_table.resident_bytes(own) <= process_table.peak_bytes(own)
    assert process_table.all_threads() > 1
    assert process_table.kernel_kills() >= 0


def test_figures_of_no_process() -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        pass
    gone = process.pid
    assert process_table.thread_count(gone) == 0
    assert process_table.start_time(gone) == ""
    assert process_table.resident_bytes(gone) == 0
    assert process_table.peak_bytes(gone) == 0
    assert process_table.family(gone, MARK) == []


def test_high_rank_is_given_back() -> None:
    before = os.sched_getscheduler(0)
    with process_table.urgently():
        if os.geteuid() == 0:
            assert os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO
    assert os.sched_getscheduler(0) == before
