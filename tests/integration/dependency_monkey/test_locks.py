"""Written locks, installed by the installers that they are for: exactly what they say is there then."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from benchmarks._installers import INSTALLERS, InstallError, differences, install
from benchmarks._spaces import ReadSpace, read_space
from dependency_monkey.naming import Stack

pytestmark = [pytest.mark.network, pytest.mark.timeout(3600)]

SEED = 5
Read = Callable[[str], tuple[ReadSpace, list[Stack]]]


@pytest.fixture(scope="module")
def read() -> Read:
    """The space of a package's last releases, with two stacks of it."""

    @cache
    def read_once(package: str) -> tuple[ReadSpace, list[Stack]]:
        found = read_space(package, last_of={package: 8})
        return found, list(found.space.sample(2, SEED))

    return read_once


@pytest.mark.parametrize("name", INSTALLERS)
@pytest.mark.parametrize(
    ("package", "number"),
    [
        ("flask", 0),
        pytest.param("tensorflow-cpu", 0, marks=pytest.mark.framework),
        pytest.param("tensorflow-cpu", 1, marks=pytest.mark.framework),
    ],
)
def test_what_is_installed_is_what_is_locked(
    read: Read, package: str, number: int, name: str, tmp_path: Path
) -> None:
    found, stacks = read(package)
    stack = stacks[number]
    files = found.writer.write(stack, INSTALLERS[name].lock_format, index_addresses=True)
    python = install(name, files, tmp_path)
    assert differences(name, python, stack) == {}


@pytest.mark.parametrize("name", INSTALLERS)
def test_locks_of_all_files_install_too(read: Read, name: str, tmp_path: Path) -> None:
    found, stacks = read("flask")
    files = found.writer.write(
        stacks[1], INSTALLERS[name].lock_format, all_files=True, index_addresses=True
    )
    assert differences(name, install(name, files, tmp_path), stacks[1]) == {}


@pytest.mark.parametrize("name", INSTALLERS)
def test_a_changed_hash_is_noticed(read: Read, name: str, tmp_path: Path) -> None:
    found, stacks = read("flask")
    files = found.writer.write(stacks[0], INSTALLERS[name].lock_format, index_addresses=True)
    wrong = {
        filename: re.sub(r'(sha256(?::| = "))[0-9a-f]{64}', r"\g<1>" + "0" * 64, text)
        for filename, text in files.items()
    }
    assert wrong != files
    with pytest.raises(InstallError, match=r"(?i)hash"):
        install(name, wrong, tmp_path)


def test_pipenv_notices_another_pipfile(read: Read, tmp_path: Path) -> None:
    found, stacks = read("flask")
    files = found.writer.write(stacks[0], INSTALLERS["pipenv sync"].lock_format)
    changed = {**files, "Pipfile": files["Pipfile"].replace('flask = "*"', 'flask = ">=1"')}
    assert changed != files
    with pytest.raises(InstallError, match="out-of-date"):
        install("pipenv sync", changed, tmp_path)
