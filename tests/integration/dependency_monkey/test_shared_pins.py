"""Shared pins on the real index: both locks are valid, and what differs has to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from dependency_monkey import reasons
from dependency_monkey.resolver import Refusal, Resolver
from dependency_monkey.shared_pins import shared_pins

pytestmark = pytest.mark.network

PYTHON = "3.11"


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver.of_this_machine(PYTHON, None)


@pytest.fixture(scope="module")
def frameworks(resolver: Resolver) -> dict[str, Any]:
    return shared_pins(resolver, ["tensorflow-cpu==2.12.*"], ["tensorflow-cpu==2.19.*"])


@pytest.fixture(scope="module")
def frames(resolver: Resolver) -> dict[str, Any]:
    return shared_pins(
        resolver, ["pandas==2.2.*", "numpy==1.26.*"], ["pandas==2.2.*", "numpy==2.*"]
    )


def assert_installable(resolver: Resolver, arm: dict[str, Any], folder: Path) -> None:
    """pip's rules, by uv: with hashes, the lock resolves to itself and nothing is missing."""
    lock = folder / "requirements.txt"
    lock.write_text(arm["lock"])
    compiled = resolver.resolve(
        [*arm["requirements"], *(f"{name}=={version}" for name, version in arm["packages"].items())]
    )
    assert not isinstance(compiled, Refusal), compiled
    assert compiled.pins == arm["packages"]
    installed = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--require-hashes",
         "--requirements", str(lock), "--target", str(folder / "target"), "--python-version", PYTHON,
         "--only-binary", ":all:", *resolver.index.uv_arguments()],
        env={**os.environ, **resolver.index.uv_environment()},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert installed.returncode == 0, installed.stderr


def admitted(resolver: Resolver, arm: dict[str, Any], fixed: str, name: str) -> set[str]:
    """Every version of `name` that the arm's compared package goes with, one after the other."""
    found: set[str] = set()
    while len(found) < 60:
        excluding = [f"{name}!={version}" for version in found]
        answer = resolver.resolve([*arm["requirements"], fixed, name], constraints=excluding)
        if isinstance(answer, Refusal):
            return found
        found.add(answer.pins[name])
    return found


def test_two_versions_of_a_framework_share_all_but_what_they_exclude(
    resolver: Resolver, frameworks: dict[str, Any], tmp_path: Path
) -> None:
    for arm in ("a", "b"):
        (tmp_path / arm).mkdir()
        assert_installable(resolver, frameworks[arm], tmp_path / arm)
    assert len(frameworks["shared"]) >= 20
    both = {one["name"]: one for one in frameworks["differing"] if one["a"] and one["b"]}
    assert both.pop("tensorflow-cpu")["why"] == reasons.COMPARED
    assert "numpy" in both
    for name, one in both.items():
        assert "requires" in one["why"], one
        if name == "numpy":
            continue  # has too many versions to try them all; its two ranges are disjoint below
        versions = [
            admitted(resolver, frameworks[arm], f"tensorflow-cpu=={version}", name)
            for arm, version in (
                (arm, frameworks[arm]["packages"]["tensorflow-cpu"]) for arm in ("a", "b")
            )
        ]
        assert versions[0]
        assert not versions[0] & versions[1], (name, versions)
    ranges = [part.split("requires numpy")[1] for part in both["numpy"]["why"].split(";")]
    assert len(ranges) == 2
    for version in (frameworks[arm]["packages"]["numpy"] for arm in ("a", "b")):
        assert sum(version in SpecifierSet(text) for text in ranges) == 1


def test_more_is_shared_than_the_newest_of_each_have_in_common(
    resolver: Resolver, frameworks: dict[str, Any]
) -> None:
    latest = shared_pins(
        resolver, ["tensorflow-cpu==2.12.*"], ["tensorflow-cpu==2.19.*"], latest_each=True
    )
    assert len(frameworks["shared"]) > len(latest["shared"])
    for arm in ("a", "b"):  # and the compared versions are those of the newest stacks
        for document in (frameworks, latest):
            name = "tensorflow-cpu"
            assert document[arm]["packages"][name] == latest[arm]["packages"][name]


def test_a_library_below_another_is_compared_on_equal_stacks(
    resolver: Resolver, frames: dict[str, Any], tmp_path: Path
) -> None:
    for arm in ("a", "b"):
        (tmp_path / arm).mkdir()
        assert_installable(resolver, frames[arm], tmp_path / arm)
    assert [one["name"] for one in frames["differing"]] == ["numpy"]
    assert frames["shared"]["pandas"].startswith("2.2.")
