"""The run-time environment that a stack is meant for: what markers see, which wheels it takes.

By default that of this host; any other can be asked for, since nothing of it is run here.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, cast

from packaging.markers import default_environment
from packaging.tags import Tag, platform_tags, sys_tags
from packaging.version import Version

from amun_core.python_releases import full_python
from amun_core.wheel_tags import linux_tags

Libc = Literal["glibc", "musl"]

_PLATFORM_TAG = re.compile(r"(many|musl)linux_(\d+)_(\d+)_(\w+)")


@dataclass(frozen=True)
class TargetEnvironment:
    """A CPython on Linux. `python_version` is full ("3.11.2"), `libc` its kind and version."""

    python_version: str
    architecture: str = "x86_64"
    libc: tuple[Libc, int, int] = ("glibc", 2, 28)

    @classmethod
    def of_this_host(cls) -> TargetEnvironment:
        """The environment of the interpreter that runs this program."""
        version = platform.python_version()
        # the first such tag is the newest that this host takes
        for tag in platform_tags():
            found = _PLATFORM_TAG.fullmatch(tag)
            if found is not None:
                kind = cast("Libc", {"many": "glibc", "musl": "musl"}[found[1]])
                return cls(version, found[4], (kind, int(found[2]), int(found[3])))
        return cls(version, platform.machine())

    def with_python(self, version: str) -> TargetEnvironment:
        """The same for another Python; "3.12" is this one where it is a 3.12, else the newest 3.12."""
        full = full_python(version, self.python_version)
        return self if full == self.python_version else replace(self, python_version=full)

    @property
    def python(self) -> tuple[int, int]:
        """Major and minor version."""
        version = Version(self.python_version)
        return version.major, version.minor

    @cached_property
    def markers(self) -> dict[str, str]:
        """The PEP 508 environment; what only the target itself could tell is this host's."""
        here = dict(default_environment())
        major, minor = self.python
        return {
            **{key: str(value) for key, value in here.items()},
            "implementation_name": "cpython",
            "implementation_version": self.python_version,
            "os_name": "posix",
            "platform_machine": self.architecture,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": self.python_version,
            "python_version": f"{major}.{minor}",
            "sys_platform": "linux",
        }

    @cached_property
    def tags(self) -> dict[Tag, int]:
        """Every tag that is accepted, with its place: the smaller, the better the wheel fits."""
        found = dict.fromkeys(self._tags())
        return {tag: place for place, tag in enumerate(found)}

    def place_for(self, text: str) -> int | None:
        """How well a wheel fits whose name has these tags, 0 best; None where it does not."""
        try:
            return self._places[text]
        except KeyError:
            place = self._places[text] = self._best_place(text)
            return place

    def _best_place(self, text: str) -> int | None:
        """As by packaging's parse_tag, without an object for each of thousands of tags."""
        parts = [part.split(".") for part in text.lower().split("-")]
        if len(parts) != 3 or any("" in part for part in parts):
            return None
        interpreters, abis, platforms = parts
        found = [
            known[platform]
            for interpreter in interpreters
            for abi in abis
            if (known := self._accepted.get((interpreter, abi)))
            for platform in platforms
            if platform in known
        ]
        return min(found) if found and all(map(str.isidentifier, interpreters)) else None

    @cached_property
    def _places(self) -> dict[str, int | None]:
        return {}

    @cached_property
    def _accepted(self) -> dict[tuple[str, str], dict[str, int]]:
        """The places of the platforms, by interpreter and ABI."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for tag, place in self.tags.items():
            found.setdefault((tag.interpreter, tag.abi), {})[tag.platform] = place
        return found

    def _tags(self) -> Iterator[Tag]:
        return linux_tags(self.python, self.architecture, self.libc)


def is_this_interpreter(environment: TargetEnvironment) -> bool:
    """Whether its tags are those of the running interpreter (used to check the rules above).

    In which order is another matter: packaging's is that of pip.
    """
    return set(environment.tags) == set(sys_tags()) and sys.platform == "linux"
