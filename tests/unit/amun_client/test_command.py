"""Every command with hostile words and without a server: an error of ours, never a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from amun_client.cli import cli
from amun_client.exit_codes import ExitCode

Amun = Callable[..., Any]
Path_ = tuple[str, ...]

#: What no command means: nothing, a folder, no text, an endless name and number, a broken address.
HOSTILE = [
    "",
    "/",
    ".",
    "\x00",
    "\udcff",
    "9" * 400,
    "nan",
    "http://[::1",
    "a\nb",
    "=",
    "\U0001f984",
]
#: These start a program for each question: some options are enough, they are shared.
_SLOW = {"stack", "suite", "study", "calibrate", "compare", "sweep"}


def leaves(command: click.Command, path: Path_ = ()) -> Iterator[tuple[Path_, click.Command]]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from leaves(below, (*path, name))
    else:
        yield path, command


# `up` starts a service, whatever else is said
COMMANDS = [(path, command) for path, command in leaves(cli) if path != ("up",)]


def vectors(path: Path_, command: click.Command) -> Iterator[list[str]]:
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    yield []
    for word in HOSTILE[:6] if path[0] in _SLOW else HOSTILE:
        yield [word] * max(1, len(arguments))
    for option in command.params:
        if isinstance(option, click.Option) and not option.is_flag and not option.count:
            for word in ("\udcff", "9" * 400) if path[0] in _SLOW else HOSTILE:
                yield [*["x"] * len(arguments), option.opts[-1], word]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(one) for one, _ in COMMANDS])
def test_no_word_brings_a_traceback(
    amun: Amun, tmp_path: Path, path: Path_, command: click.Command
) -> None:
    # an index that answers nothing: no question leaves this machine
    names = {name for one in command.params for name in one.opts}
    still = ["--offline"] if "--offline" in names else []
    wrong = []
    for words in vectors(path, command):
        if path[0] in _SLOW and "x" in words and "\udcff" not in words and path[0] != "sweep":
            continue
        ended = amun(*path, *words, *still)
        known = ended.code in set(ExitCode)
        if not known or "internal error" in ended.err or "Traceback" in ended.err:
            wrong.append((words[-1][:20], ended.code, ended.err[:200]))
    assert wrong == []


def test_every_command_is_walked() -> None:
    assert len(COMMANDS) > 40


def test_a_file_that_cannot_be_opened_is_named(amun: Amun) -> None:
    ended = amun("calibrate", "a" * 5000, "--dry-run")
    assert (ended.code, ended.out) == (2, "")
    assert "File name too long" in ended.err
    assert len(ended.err) < 300
