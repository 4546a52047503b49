"""Names for the numbers of a universe, and numbers for names, however they are written."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from dependency_monkey.crawl import Crawled
from dependency_monkey.ranks import Choice

#: Package name -> version, sorted by name.
Stack = dict[str, str]


class Naming:
    """The names of what was crawled.

    `labels` are (package, version) for versions that are numbered through all packages.
    """

    def __init__(self, crawled: Crawled) -> None:
        packages = crawled.universe.packages
        self.labels = [
            (package.name, version) for package in packages for version in package.versions
        ]
        self._names = [(package.name, package.versions) for package in packages]
        self._packages = {package.name: number for number, package in enumerate(packages)}
        self._spelled = [
            {version: number for number, version in enumerate(package.versions)}
            for package in packages
        ]
        self._crawled = crawled
        self._versions: dict[int, dict[Version, int]] = {}

    def stack_of(self, choice: Mapping[int, int]) -> Stack:
        """Names for numbers."""
        names = self._names
        return dict(
            sorted(
                (names[package][0], names[package][1][number]) for package, number in choice.items()
            )
        )

    def choice_of(self, stack: Mapping[str, str]) -> Choice:
        """Numbers for names; what is not known gets a number that is in no stack."""
        choice: Choice = {}
        for name, version in stack.items():
            package = self.package(name)
            if package is None:
                choice[len(self._names) + len(choice)] = 0
                continue
            number = self.version(package, version)
            choice[package] = len(self._names[package][1]) if number is None else number
        return choice

    def package(self, name: str) -> int | None:
        """The number of a package; None where it is not known."""
        found = self._packages.get(name)
        return self._packages.get(canonicalize_name(name)) if found is None else found

    def version(self, package: int, version: str) -> int | None:
        """The number of a version of a package; None where it is not known."""
        found = self._spelled[package].get(version)
        if found is not None:
            return found
        if package not in self._versions:  # hashing all versions takes time, and is seldom needed
            own = enumerate(self._crawled.versions[package])
            self._versions[package] = {version: number for number, version in own}
        try:
            return self._versions[package].get(Version(version))
        except InvalidVersion:
            return None
