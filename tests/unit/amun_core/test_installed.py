"""What is installed against what is locked: one meaning, also inside a run."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from amun_core.installed import differences, is_other_build, same_version, takes_python
from amun_core.plan import LockedRequirement
from pis.installed import Distribution
from pis.installed import differences as differences_in_a_run
from pis.installed import same_version as same_in_a_run

HASHES = ("sha256:" + "a" * 64,)


@dataclass(frozen=True)
class Package:
    name: str
    version: str


@pytest.mark.parametrize(
    ("locked", "installed", "same"),
    [
        ("1.0", "1.0", True),
        ("1.0", "1.0.0", True),
        ("1.0", "1.0+cpu", True),
        ("1.0+cpu", "1.0", False),
        ("1.0+cpu", "1.0+cpu", True),
        ("1.0+cpu", "1.0+cu130", False),
        ("1.0", "1.0.post1", False),
        ("1.0", "1.0rc1", False),
        ("1.0rc1", "1.0c1", True),
        ("1.0.post1", "1.0-1", True),
        ("1!1.0", "1.0", False),
        ("2024.01", "2024.1", True),
        ("1.0.dev0", "1.0.dev", True),
    ],
)
def test_every_check_means_the_same(locked: str, installed: str, same: bool) -> None:
    assert same_version(locked, installed) is same
    assert same_in_a_run(locked, installed) is same
    for name, other in (("My_Tool", "my-tool"), ("my.tool", "My-Tool"), ("my-tool", "my-tool")):
        wanted = LockedRequirement(name=name, version=locked)
        found = differences([wanted], [Package(other, installed)])
        in_a_run = differences_in_a_run(
            [(name, locked)], (), [Distribution("my-tool", installed, "/site")]
        )
        assert (found == []) is same
        assert (in_a_run == []) is same


def test_each_difference_is_named() -> None:
    wanted = [LockedRequirement(name=name, version="1") for name in ("a", "b", "c")]
    there = [Package("b", "2"), Package("c", "1"), Package("d", "1"), Package("pip", "26")]
    assert differences(wanted, there, allowed_extra=["Pip"]) == [
        "a: lock has 1, nothing is installed",
        "b: lock has 1, installed is 2",
        "d: not in the lock, installed is 1",
    ]


def test_a_local_version_whose_hash_nobody_checked_is_another_build() -> None:
    hashed = LockedRequirement(name="a", version="1.0", hashes=HASHES)
    assert is_other_build(hashed, "1.0+cpu")
    assert not is_other_build(hashed, "1.0")
    assert not is_other_build(hashed, "2.0+cpu")
    assert not is_other_build(hashed.model_copy(update={"hashes": ()}), "1.0+cpu")
    assert not is_other_build(hashed.model_copy(update={"version": "1.0+cpu"}), "1.0+cpu")
    address = hashed.model_copy(update={"url": "https://files.example/a-1.0+cpu-py3-none-any.whl"})
    assert not is_other_build(address, "1.0+cpu")


@pytest.mark.parametrize(
    ("requires", "python", "taken"),
    [
        (">=3.8,<3.11", "3.11.7", False),
        (">=3.8,<3.12", "3.11.7", True),
        (">=3.11.4", "3.11.2", False),
        (">=3.11.4", "3.11.4+", True),
        (">=3.6.*,<4.0", "3.11.7", True),
        (">=3.15", "3.15.0b1", False),
        (">=3.14", "3.15.0b1", True),
        ("", "3.11.7", True),
        (">=3.8", "odd", True),
    ],
)
def test_a_python_is_taken_or_not(requires: str, python: str, taken: bool) -> None:
    assert takes_python(requires, python) is taken
