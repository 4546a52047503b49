"""The client's calls: what is passed how, what an answer means. A stand-in program answers."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from amun_core.errors import EngineError
from inspector.engines.base import StoppedError
from inspector.engines.container_command import (
    Answer,
    CallTimedOutError,
    ContainerCommand,
    pass_variables,
)


def stand_in(folder: Path, body: str) -> ContainerCommand:
    """A program that plays the client."""
    program = folder / "docker"
    program.write_text(f"#!{sys.executable} -I\nimport os, sys, time\n{body}\n")
    program.chmod(0o755)
    return ContainerCommand(str(program), "docker")


def test_values_go_through_the_clients_environment() -> None:
    arguments, passed = pass_variables([("TOKEN", "s3cret\nline"), ("OMP_NUM_THREADS", "1")])
    assert arguments == ["--env", "TOKEN", "--env", "OMP_NUM_THREADS"]
    assert passed == {"TOKEN": "s3cret\nline", "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("name", ["PATH", "HOME", "LD_PRELOAD", "DOCKER_HOST", "https_proxy"])
def test_what_would_steer_the_client_is_written_out(name: str) -> None:
    assert pass_variables([(name, "x y")]) == (["--env", f"{name}=x y"], {})


def test_the_engines_last_words_are_taken() -> None:
    answer = Answer(125, "", "Error: no space\nSee 'docker run --help'.\n\n")
    assert answer.words == "Error: no space"
    assert Answer(1, "", "what\nRun 'docker run --help' for more information\n").words == "what"
    assert Answer(3, "", "").words == "exit code 3"


def test_nothing_found_is_none_and_trouble_is_an_error(tmp_path: Path) -> None:
    absent = stand_in(tmp_path, "sys.exit('Error: No such image: x')")
    assert absent.inspect("image", "x") is None
    podmans = stand_in(tmp_path, "sys.exit('Error: inspecting object: x:1: image not known')")
    assert podmans.inspect("image", "x:1") is None
    broken = stand_in(tmp_path, "sys.exit('Error response from daemon: disk on fire')")
    with pytest.raises(EngineError, match="disk on fire"):
        broken.inspect("image", "x")


def test_a_daemon_that_hangs_is_given_up(tmp_path: Path) -> None:
    command = stand_in(tmp_path, "time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(CallTimedOutError, match=r"docker ps did not answer within 0 s"):
        command.call("ps", seconds=0.2)
    assert time.monotonic() - began < 10


def test_a_missing_client_is_an_engine_error(tmp_path: Path) -> None:
    command = ContainerCommand(str(tmp_path / "docker"), "docker")
    with pytest.raises(EngineError, match="cannot be started: No such file"):
        command.call("ps")


def test_lines_are_told_as_they_come(tmp_path: Path) -> None:
    command = stand_in(tmp_path, "print('one'); print('two', file=sys.stderr); sys.exit(4)")
    told: list[str] = []
    answer = command.follow(["build"], seconds=30, should_stop=lambda: False, told=told.append)
    assert answer.code == 4
    assert sorted("".join(told).splitlines()) == ["one", "two"]


def test_a_container_is_killed_until_its_client_ends(tmp_path: Path) -> None:
    """The first kill comes before the container is there: only a later one ends the client."""
    command = stand_in(
        tmp_path,
        f"""
calls = {str(tmp_path / "calls")!r}
if sys.argv[1] == "kill":
    open(calls, "a").write(" ".join(sys.argv[1:]) + "\\n")
    sys.exit(0)
print("begun", flush=True)
while not os.path.exists(calls) or len(open(calls).readlines()) < 3:
    time.sleep(0.01)
""",
    )
    told: list[str] = []
    with pytest.raises(StoppedError):
        command.follow(
            ["run"],
            seconds=30,
            should_stop=lambda: bool(told),
            told=told.append,
            container="amun-x",
        )
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[:3] == ["kill --signal=KILL amun-x"] * 3


def test_a_long_call_has_a_deadline(tmp_path: Path) -> None:
    command = stand_in(tmp_path, "time.sleep(60)")
    with pytest.raises(CallTimedOutError):
        command.follow(["build"], seconds=0.2, should_stop=lambda: False, told=lambda _: None)
