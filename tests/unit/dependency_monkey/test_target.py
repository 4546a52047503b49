from __future__ import annotations

import pytest

from amun_core.errors import InvalidInputError
from amun_core.stack_request import TargetWish
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.target import libc_text, target_environment

HERE = TargetEnvironment("3.11.7", "x86_64", ("glibc", 2, 36))


def told(**wish: str) -> tuple[str, str, str, list[str]]:
    warnings: list[str] = []
    found = target_environment(TargetWish(**wish), warnings.append, here=HERE)
    return found.python_version, found.architecture, libc_text(found), warnings


def test_what_is_not_said_is_of_this_host() -> None:
    assert target_environment(TargetWish(), here=HERE) == HERE
    assert target_environment(TargetWish()) == TargetEnvironment.of_this_host()


@pytest.mark.parametrize(
    ("platform", "architecture", "libc"),
    [
        ("x86_64", "x86_64", "glibc 2.36"),
        ("linux_aarch64", "aarch64", "glibc 2.36"),
        ("manylinux_2_28_x86_64", "x86_64", "glibc 2.28"),
        ("manylinux2014_aarch64", "aarch64", "glibc 2.17"),
        ("musllinux_1_2_x86_64", "x86_64", "musl 1.2"),
        ("x86_64-manylinux_2_31", "x86_64", "glibc 2.31"),
        ("aarch64-unknown-linux-musl", "aarch64", "musl 1.2"),
    ],
)
def test_platforms(platform: str, architecture: str, libc: str) -> None:
    assert told(platform=platform)[1:3] == (architecture, libc)


@pytest.mark.parametrize("platform", ["win_amd64", "macosx_11_0_arm64", "linux"])
def test_stacks_are_for_linux(platform: str) -> None:
    with pytest.raises(InvalidInputError, match="is no platform that stacks are known for"):
        told(platform=platform)


@pytest.mark.parametrize(
    ("base", "python", "libc", "warnings"),
    [
        ("python:3.12-slim-bookworm", "3.12.16", "glibc 2.36", 0),
        ("docker.io/library/python:3.12.4-alpine", "3.12.4", "musl 1.2", 0),
        ("registry.example/ubi8/python-39", "3.9.25", "glibc 2.28", 0),
        ("quay.io/thing/s2i-ubi9-py311:v1", "3.11.18", "glibc 2.34", 0),
        ("python:3.12-slim", "3.12.16", "glibc 2.36", 1),
        ("python:3-slim-bookworm", "3.15.2", "glibc 2.36", 0),
        ("docker.io/library/python", "3.15.2", "glibc 2.36", 1),
        ("python:alpine", "3.15.2", "musl 1.2", 0),
        ("debian:11", "3.11.7", "glibc 2.31", 1),
        ("thing", "3.11.7", "glibc 2.36", 2),
    ],
)
def test_the_name_of_a_base_tells_what_it_tells(
    base: str, python: str, libc: str, warnings: int
) -> None:
    found = told(base=base)
    assert (found[0], found[2], len(found[3])) == (python, libc, warnings)


def test_what_is_said_wins_over_the_name() -> None:
    found = told(base="thing", python_version="3.9", libc="musl-1.1", platform="aarch64")
    assert found == ("3.9.25", "aarch64", "musl 1.1", [])
