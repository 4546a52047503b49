"""A command's lines arrive as they come; it and its children end when told to."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.engines.base import StoppedError
from inspector.environments.commands import CommandEnd, CommandTimeoutError, run_command


def run(
    code: str,
    folder: Path,
    *,
    seconds: float = 60,
    on_line: Callable[[str], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> CommandEnd:
    return run_command(
        [sys.executable, "-c", code],
        environment={"ONLY": "this"},
        folder=folder,
        deadline=time.monotonic() + seconds,
        on_line=on_line,
        should_stop=should_stop,
    )


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} still runs"
        time.sleep(0.005)


def test_both_outputs_arrive_in_order(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import os, sys\nos.write(1, b'one\\n')\nos.write(2, b'two\\nthree')\nsys.exit(4)"
    end = run(code, tmp_path, on_line=lines.append)
    assert lines == ["one", "two", "three"]
    assert end == CommandEnd(4, "one\ntwo\nthree\n")


def test_lines_arrive_while_the_command_goes_on(tmp_path: Path) -> None:
    # the command ends only once its line was taken: it waits for the file that the line makes
    code = (
        "import os, time\nprint('ready', flush=True)\n"
        "end = time.monotonic() + 20\n"
        "while not os.path.exists('go'):\n"
        "    assert time.monotonic() < end\n    time.sleep(0.005)\n"
    )
    end = run(code, tmp_path, on_line=lambda _: (tmp_path / "go").touch())
    assert end.exit_code == 0


def test_environment_and_folder_are_the_given_ones(tmp_path: Path) -> None:
    end = run("import os; print(os.environ['ONLY'], 'PATH' in os.environ, os.getcwd())", tmp_path)
    assert end.output == f"this False {tmp_path}\n"


CHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True)\n"
)


def test_deadline_ends_children_too(tmp_path: Path) -> None:
    lines: list[str] = []
    with pytest.raises(CommandTimeoutError):
        run(CHILD + "time.sleep(600)", tmp_path, seconds=0.5, on_line=lines.append)
    wait_for_end(int(lines[0]))


def test_stop_ends_children_too(tmp_path: Path) -> None:
    lines: list[str] = []
    with pytest.raises(StoppedError):
        run(
            CHILD + "time.sleep(600)",
            tmp_path,
            on_line=lines.append,
            should_stop=lambda: bool(lines),
        )
    wait_for_end(int(lines[0]))


def test_child_that_outlives_the_command_does_not_hold_us(tmp_path: Path) -> None:
    started = time.monotonic()
    end = run(CHILD, tmp_path)
    assert end.exit_code == 0
    assert time.monotonic() - started < 20
    wait_for_end(int(end.output))


def test_child_that_prints_for_ever_does_not_hold_us(tmp_path: Path) -> None:
    code = "import subprocess\nprint(subprocess.Popen(['/usr/bin/yes']).pid, flush=True)"
    end = run(code, tmp_path, seconds=20)
    assert end.exit_code == 0


def test_only_the_end_of_long_output_is_kept(tmp_path: Path) -> None:
    lines: list[str] = []
    end = run(
        "print('x' * 99 + '\\n' , end='') or [print(n) for n in range(30000)]",
        tmp_path,
        on_line=lines.append,
    )
    assert len(lines) == 30001
    assert len(end.output) == 64 * 1024
    assert end.output.endswith("29998\n29999\n")


def test_nothing_of_the_command_is_left_open(tmp_path: Path) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    run("pass", tmp_path)
    assert set(Path("/proc/self/fd").iterdir()) == before
