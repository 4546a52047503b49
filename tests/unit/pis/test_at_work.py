"""Threads that work, counted by the kernel's figures."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import pytest

from pis import at_work
from pis.at_work import Look


def burn(seconds: float) -> None:
    """Use so much CPU time, without the interpreter's lock."""
    data = bytes(4 << 20)
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        hashlib.sha256(data).digest()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_as_many_threads_as_work_are_counted(workers: int) -> None:
    sleeper = threading.Event()
    idle = threading.Thread(target=sleeper.wait, daemon=True)
    idle.start()
    # they are there at the second look: what has ended is not in the kernel's list
    barrier = threading.Barrier(workers + 1)

    def work() -> None:
        burn(0.4)
        barrier.wait()
        sleeper.wait()

    first = at_work.look()
    for _ in range(workers):
        threading.Thread(target=work, daemon=True).start()
    barrier.wait()
    found = at_work.between(first, at_work.look())
    sleeper.set()
    assert found["worked"] == workers
    assert 0 < found["cpus_used"] <= workers + 0.5


def test_too_short_a_time_tells_nothing() -> None:
    first = at_work.look()
    assert at_work.between(first, at_work.look()) == {"worked": None, "cpus_used": None}


def test_where_the_kernel_tells_nothing_nothing_is_said(tmp_path: Path) -> None:
    nothing = at_work.look(str(tmp_path / "none"))
    assert nothing.seconds == {}
    assert at_work.between(nothing, nothing)["worked"] is None
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "schedstat").write_text("no number")
    assert at_work.look(str(tmp_path)).seconds == {}


def test_who_only_hands_over_is_not_counted() -> None:
    first = Look(0.0, {"main": 1.0, "old": 5.0})
    last = Look(2.0, {"main": 1.1, "old": 5.0, "worker": 1.9, "helper": 0.5})
    assert at_work.between(first, last) == {
        "worked": 2,
        "cpus_used": pytest.approx(1.25),
    }
