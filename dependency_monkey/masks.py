"""Which of a project's versions a specifier admits, as a bit mask.

The same few specifiers are asked of the same versions by thousands of files. Each single one is
looked up once, and the common operators by a search in the sorted versions instead of by a test of
each. Pre-releases are admitted here: the policy took them out before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

from dependency_monkey.index.files import parsed_version


class Masks:
    """The versions of one project, oldest first."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self.versions = versions
        self.every = (1 << len(versions)) - 1
        self._plain = all(version.local is None for version in versions)
        self._single: dict[tuple[str, str], int] = {}
        self._sets: dict[str, int] = {}

    def of(self, specifiers: SpecifierSet, key: str | None = None) -> int:
        """The versions that all specifiers admit; `key` is their text, where it is known."""
        key = str(specifiers) if key is None else key
        found = self._sets.get(key)
        if found is None:
            found = self.every
            for one in specifiers:
                found &= self._of_one(one)
            self._sets[key] = found
        return found

    def _of_one(self, specifier: Specifier) -> int:
        key = specifier.operator, specifier.version
        found = self._single.get(key)
        if found is None:
            found = self._searched(*key)
            if found is None:
                found = self._tested(specifier)
            self._single[key] = found
        return found

    def _searched(self, operator: str, text: str) -> int | None:
        """By a search, where order alone decides: plain releases, and versions without a label."""
        bound = parsed_version(text) if self._plain else None
        if bound is None or bound.local is not None:
            return None
        if operator == ">=":
            return self.every & ~((1 << bisect_left(self.versions, bound)) - 1)
        if operator == "<=":
            return (1 << bisect_right(self.versions, bound)) - 1
        if operator in {"==", "!="}:
            exact = self._exactly(bound)
            return exact if operator == "==" else self.every & ~exact
        if bound.is_prerelease or bound.is_postrelease:
            return None
        if operator == "<":
            return self._below(bound)
        return self._above(bound) if operator == ">" else None

    def _exactly(self, bound: Version) -> int:
        first, last = bisect_left(self.versions, bound), bisect_right(self.versions, bound)
        return (1 << last) - (1 << first)

    def _below(self, bound: Version) -> int:
        """`<1.2` leaves out the pre-releases of 1.2 too; they lie directly under it."""
        place = bisect_left(self.versions, bound)
        while place and _is_of(bound, self.versions[place - 1]):
            place -= 1
        return (1 << place) - 1

    def _above(self, bound: Version) -> int:
        """`>1.2` leaves out the post-releases of 1.2 too; they lie directly over it."""
        place = bisect_right(self.versions, bound)
        while place < len(self.versions) and _is_of(bound, self.versions[place]):
            place += 1
        return self.every & ~((1 << place) - 1)

    def _tested(self, specifier: Specifier) -> int:
        found = 0
        for place, version in enumerate(self.versions):
            if specifier.contains(version, prereleases=True):
                found |= 1 << place
        return found


def _is_of(release: Version, version: Version) -> bool:
    """Whether the version is that release, or a pre-release or post-release of it."""
    longest = max(len(release.release), len(version.release))
    return release.epoch == version.epoch and _padded(release, longest) == _padded(version, longest)


def _padded(version: Version, length: int) -> tuple[int, ...]:
    return version.release + (0,) * (length - len(version.release))
