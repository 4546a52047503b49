"""Interpreters of this host describe themselves, and are found by version."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest
from packaging.markers import default_environment

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.states import FailureReason
from inspector.interpreters import (
    find_interpreter,
    interpreter_facts,
    operating_system_facts,
    own_interpreter,
)


def test_facts_are_those_that_installers_use() -> None:
    facts, libc, machine = interpreter_facts(own_interpreter())
    assert facts.markers == {key: str(value) for key, value in default_environment().items()}
    assert facts.version == platform.python_version()
    assert facts.prefix == sys.base_prefix
    assert facts.executable == str(own_interpreter())
    assert machine == platform.machine()
    assert libc == " ".join(platform.libc_ver())


def test_own_interpreter_is_the_one_behind_the_virtual_environment() -> None:
    own = own_interpreter()
    assert own.is_relative_to(Path(sys.base_prefix).resolve())
    assert not own.is_symlink()


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_own_version_finds_the_own_interpreter(parts: int) -> None:
    version = ".".join(platform.python_version().split(".")[:parts])
    assert find_interpreter(version) == own_interpreter()
    assert find_interpreter(None) == own_interpreter()


def test_unknown_version_names_what_is_there() -> None:
    with pytest.raises(AttemptFailedError, match=r"no Python 3\.99; it has .*3\.") as caught:
        find_interpreter("3.99")
    assert caught.value.reason is FailureReason.PYTHON_NOT_FOUND


@pytest.mark.parametrize("text", ["", "three", "3.11; rm", "--version", "3.1.2.4"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(AttemptFailedError, match="is not a Python version"):
        find_interpreter(text)


def test_program_that_is_no_interpreter(tmp_path: Path) -> None:
    program = tmp_path / "python3.11"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with pytest.raises(EngineError, match="does not work as a Python interpreter"):
        interpreter_facts(program)
    with pytest.raises(EngineError, match="cannot be read"):
        interpreter_facts(tmp_path / "gone")


def test_interpreter_beside_ours_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # as version managers lay them out: PREFIX/<version>/bin/python3.x
    own = tmp_path / "versions" / "own" / "bin" / "python3.11"
    other = tmp_path / "versions" / "other" / "bin" / "python3.98"
    for path in (own, other):
        path.parent.mkdir(parents=True)
    own.symlink_to(own_interpreter())
    answer = interpreter_facts(own_interpreter())[0].model_copy(update={"version": "3.98.1"})
    other.write_text(f"#!/bin/sh\ncat <<'END'\n{answer.model_dump_json()}\nEND\n")
    other.chmod(0o755)
    monkeypatch.setattr("inspector.interpreters.own_interpreter", lambda: own)
    assert find_interpreter("3.98") == other
    assert find_interpreter("3.98.1") == other


def test_operating_system_is_read_from_its_release_file() -> None:
    facts = operating_system_facts()
    assert facts.id == platform.freedesktop_os_release()["ID"]
