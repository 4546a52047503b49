"""Which wheels a CPython on Linux takes, the best first: the order of uv, which installs them.

pip puts `linux_x86_64` before every manylinux or musllinux tag, uv behind them. One file must define a version
in a stack and in its installation, and uv installs here: so its order is the only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from amun_core.plan import ImageFacts

#: (kind, major, minor): glibc or musl.
Libc = tuple[str, int, int]

#: Older names of some manylinux tags (PEP 600), by the version of glibc and the architectures.
_ALIASES = {
    (2, 17): ("manylinux2014", None),
    (2, 12): ("manylinux2010", ("x86_64", "i686")),
    (2, 5): ("manylinux1", ("x86_64", "i686")),
}
_OLDEST_GLIBC = {"x86_64": 5, "i686": 5}
_OLDEST_ELSEWHERE = 17
_LIBC = re.compile(r"(glibc|musl)\D*(\d+)\.(\d+)")
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


def linux_platforms(architecture: str, libc: Libc) -> Iterator[str]:
    """Platform tags that a Linux takes, in uv's order."""
    kind, major, minor = libc
    if kind == "musl":
        yield from (f"musllinux_{major}_{one}_{architecture}" for one in range(minor, -1, -1))
    else:
        yield from _manylinux(architecture, major, minor)
    yield f"linux_{architecture}"


def _manylinux(architecture: str, major: int, minor: int) -> Iterator[str]:
    oldest = _OLDEST_GLIBC.get(architecture, _OLDEST_ELSEWHERE)
    for one in range(minor, oldest - 1, -1):
        yield f"manylinux_{major}_{one}_{architecture}"
        alias, only = _ALIASES.get((major, one), (None, None))
        if alias and (only is None or architecture in only):
            yield f"{alias}_{architecture}"


def linux_tags(python: tuple[int, int], architecture: str, libc: Libc) -> Iterator[Tag]:
    """Every tag that this CPython takes, the best first."""
    platforms = list(linux_platforms(architecture, libc))
    yield from cpython_tags(python, platforms=platforms)
    interpreter = f"cp{python[0]}{python[1]}"
    yield from compatible_tags(python, interpreter=interpreter, platforms=platforms)


def tags_of_base(base: ImageFacts) -> Mapping[Tag, int] | None:
    """The tags that a base's Python takes, with their places; None where that is not known."""
    libc = _LIBC.fullmatch(base.libc.strip().lower())
    python = re.match(r"(\d+)\.(\d+)", base.python.version)
    if libc is None or python is None or base.python.implementation.lower() != "cpython":
        return None
    machine = (base.architecture or base.python.markers.get("platform_machine", "")).lower()
    return _places(
        (int(python[1]), int(python[2])),
        _ARCHITECTURES.get(machine, machine),
        (libc[1], int(libc[2]), int(libc[3])),
    )


@lru_cache(16)
def _places(python: tuple[int, int], architecture: str, libc: Libc) -> Mapping[Tag, int]:
    tags = dict.fromkeys(linux_tags(python, architecture, libc))
    return {tag: place for place, tag in enumerate(tags)}


def fitness(filename: str, tags: Mapping[Tag, int]) -> tuple[object, ...] | None:
    """How well a wheel fits, the greatest best; None where it does not, or is no wheel."""
    try:
        _name, _version, build, offered = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    places = [tags[tag] for tag in offered if tag in tags]
    return (-min(places), build) if places else None
