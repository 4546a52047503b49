"""The environment that a person means: what was said, the rest from a base image's name or this host.

What a base image contains is known for certain only once it is there; its name tells the Python
version and the distribution, and a distribution has one C library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from amun_core.errors import InvalidInputError
from amun_core.python_releases import full_python
from amun_core.stack_request import TargetWish
from dependency_monkey.environment import Libc, TargetEnvironment

Warn = Callable[[str], None]

#: What stands in the name of a base image -> the C library of that distribution.
_LIBC_IN_NAME: tuple[tuple[str, tuple[Libc, int, int]], ...] = (
    (r"alpine", ("musl", 1, 2)),
    (r"buster|debian[:-]?10", ("glibc", 2, 28)),
    (r"bullseye|debian[:-]?11", ("glibc", 2, 31)),
    (r"bookworm|debian[:-]?12", ("glibc", 2, 36)),
    (r"trixie|debian[:-]?13", ("glibc", 2, 41)),
    (r"focal|ubuntu[:-]?20\.04", ("glibc", 2, 31)),
    (r"jammy|ubuntu[:-]?22\.04", ("glibc", 2, 35)),
    (r"noble|ubuntu[:-]?24\.04", ("glibc", 2, 39)),
    (r"ubi-?8|el8|(?:centos|almalinux|rockylinux)[:-]?8", ("glibc", 2, 28)),
    (r"ubi-?9|el9|(?:centos|almalinux|rockylinux)[:-]?9", ("glibc", 2, 34)),
    (r"ubi-?10|el10|(?:centos|almalinux|rockylinux)[:-]?10", ("glibc", 2, 39)),
)
#: python:3.12-slim, ubi8/python-39, s2i-ubi8-py38
_PYTHON_IN_NAME = re.compile(r"py(?:thon)?[:-]?3\.?(\d{1,2})(\.\d+)?(?!\d)")
#: python, python:3, python:slim, python:latest: the newest there is
_NEWEST_IN_NAME = re.compile(r"(?:.*/)?python(?::(?:3|latest|slim|alpine)(?![.\d]).*)?")
_ARCHITECTURES = r"x86_64|aarch64|i686|ppc64le|s390x|riscv64|armv7l"
_PLATFORM = re.compile(
    rf"(?:linux[_-])?(?P<alone>{_ARCHITECTURES})(?:-unknown-linux-(?P<triple>gnu|musl))?"
    rf"|(?P<kind>many|musl)linux_(?P<major>\d+)_(?P<minor>\d+)_(?P<tagged>{_ARCHITECTURES})"
    rf"|(?P<first>{_ARCHITECTURES})-(?P<uv>many|musl)linux_(?P<a>\d+)_(?P<b>\d+)"
    rf"|manylinux(?P<old>1|2010|2014)_(?P<aged>{_ARCHITECTURES})"
)
_OLD_NAMES: dict[str, tuple[Libc, int, int]] = {
    "1": ("glibc", 2, 5),
    "2010": ("glibc", 2, 12),
    "2014": ("glibc", 2, 17),
}


def target_environment(
    wish: TargetWish, warn: Warn = lambda _text: None, *, here: TargetEnvironment | None = None
) -> TargetEnvironment:
    """The environment asked for; `here` is that of this host. Raises InvalidInputError."""
    found = here or TargetEnvironment.of_this_host()
    if wish.base:
        found = _of_base(wish, found, warn)
    if wish.platform:
        found = _of_platform(wish.platform, found)
    if wish.libc:
        found = replace(found, libc=_libc(wish.libc))
    if wish.python_version:
        found = found.with_python(wish.python_version)
    return found


def _of_base(wish: TargetWish, found: TargetEnvironment, warn: Warn) -> TargetEnvironment:
    name = str(wish.base).lower()
    python = _PYTHON_IN_NAME.search(name.rpartition("/")[2]) or _PYTHON_IN_NAME.search(name)
    if python:
        # an image has the newest bug-fix release, whatever this host has
        found = replace(found, python_version=full_python(f"3.{python[1]}{python[2] or ''}"))
    elif _NEWEST_IN_NAME.fullmatch(name):
        found = replace(found, python_version=full_python("3"))
    elif not wish.python_version:
        warn(
            f"the name of the base {wish.base} does not tell its Python: "
            f"{found.python_version} is taken; say --python-version"
        )
    libc = next((libc for pattern, libc in _LIBC_IN_NAME if re.search(pattern, name)), None)
    if libc:
        found = replace(found, libc=libc)
    elif not wish.libc:
        warn(
            f"the name of the base {wish.base} does not tell its C library: "
            f"{libc_text(found)} is taken; say --libc"
        )
    return found


def _of_platform(text: str, found: TargetEnvironment) -> TargetEnvironment:
    match = _PLATFORM.fullmatch(text.strip().lower())
    if match is None:
        raise InvalidInputError(
            f"{text!r} is no platform that stacks are known for",
            hint="linux_x86_64, manylinux_2_28_x86_64, musllinux_1_2_aarch64; stacks are for Linux",
        )
    architecture = match["alone"] or match["tagged"] or match["first"] or match["aged"]
    found = replace(found, architecture=architecture)
    kind = match["kind"] or match["uv"]
    if kind:
        libc: Libc = "musl" if kind == "musl" else "glibc"
        major, minor = int(match["major"] or match["a"]), int(match["minor"] or match["b"])
        return replace(found, libc=(libc, major, minor))
    if match["old"]:
        return replace(found, libc=_OLD_NAMES[match["old"]])
    if match["triple"] == "musl":
        return replace(found, libc=("musl", 1, 2))
    return found


def _libc(text: str) -> tuple[Libc, int, int]:
    kind, major, minor = re.fullmatch(r"(glibc|musl)[ -]?(\d+)\.(\d+)", text).groups()  # type: ignore[union-attr]  # checked when the question was
    return ("musl" if kind == "musl" else "glibc"), int(major), int(minor)


def libc_text(environment: TargetEnvironment) -> str:
    """The C library as a person writes it: "glibc 2.36"."""
    kind, major, minor = environment.libc
    return f"{kind} {major}.{minor}"
