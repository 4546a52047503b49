from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from inspector.engines.base import StoppedError
from inspector.quiet import HostQuiet


def never() -> bool:
    return False


def always() -> bool:
    return True


@pytest.fixture
def quiet(tmp_path) -> HostQuiet:
    return HostQuiet(tmp_path)


def test_builds_overlap(quiet):
    with quiet.building(never), quiet.building(always):
        pass


@pytest.mark.parametrize("held", ["building", "measuring"])
def test_a_run_is_alone(quiet, held):
    with (
        getattr(quiet, held)(never),
        pytest.raises(StoppedError),
        quiet.measuring(always),
    ):
        pytest.fail("a run started beside something else")


def test_a_build_waits_for_a_run_and_says_so_once(quiet):
    told: list[str] = []
    entered = threading.Event()

    def build() -> None:
        with quiet.building(never, lambda: told.append("waits")):
            entered.set()

    with quiet.measuring(never):
        thread = threading.Thread(target=build)
        thread.start()
        while not told:
            assert thread.is_alive()
        assert not entered.is_set()
    thread.join(5)
    assert entered.is_set()
    assert told == ["waits"]


def test_nobody_is_told_to_wait_where_nothing_is_in_the_way(quiet):
    told: list[str] = []
    with quiet.measuring(never, lambda: told.append("waits")):
        pass
    assert told == []


def test_new_builds_do_not_overtake_a_run_that_waits(quiet):
    waiting, measured = threading.Event(), threading.Event()

    def measure() -> None:
        with quiet.measuring(never, waiting.set):
            measured.set()

    with ExitStack() as first_build:
        first_build.enter_context(quiet.building(never))
        thread = threading.Thread(target=measure)
        thread.start()
        assert waiting.wait(5)
        with pytest.raises(StoppedError), quiet.building(always):
            pytest.fail("a build overtook the run that waits")
        assert not measured.is_set()
    thread.join(5)
    assert measured.is_set()


def test_a_killed_process_gives_its_lock_back(quiet, tmp_path):
    program = (
        "import sys, time, pathlib\n"
        "from inspector.quiet import HostQuiet\n"
        "with HostQuiet(pathlib.Path(sys.argv[1])).measuring(lambda: False):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StoppedError), quiet.measuring(always):
            pytest.fail("two at once")
        os.kill(child.pid, signal.SIGKILL)
        child.wait(5)
    with quiet.measuring(always):
        pass
