"""Stacks drawn so that they spread over the versions of what was named.

Old versions often have more dependencies that can be combined, so nearly all combinations may have
one old version of what a person asks about. Here each named package in turn, in the order named, gets
one of the versions that still fit, each equally likely, and the rest is the newest that fits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from dependency_monkey.newest import Newest, Rest
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import bits

#: Nodes of partly drawn graphs that are remembered: each costs some hundred bytes.
_MOST_NODES = 1_000_000


class Spread:
    """Draws by seed; what was drawn before is remembered, so that it costs nothing again."""

    def __init__(self, newest: Newest) -> None:
        self._newest = newest
        self._rests: dict[tuple[int, ...], Rest] = {}
        self._nodes = 0
        self._stacks: dict[tuple[int, ...], Choice] = {}

    def draw(self, number: int, seed: int) -> Iterator[Choice]:
        """`number` stacks; a larger draw of the same seed begins with the smaller one."""
        for place in range(number):
            yield self._one(random.Random(f"{seed}:{place}"))  # noqa: S311 - reproducible, nothing secret

    def _one(self, source: random.Random) -> Choice:
        versions: tuple[int, ...] = ()
        rest = self._newest.all
        for package in self._newest.named:
            version = source.choice(list(bits(rest.versions(package))))
            versions = (*versions, version)
            rest = self._rest(rest, versions, package)
        found = self._stacks.get(versions)
        if found is None:
            chosen = dict(zip(self._newest.named, versions, strict=True))
            found = self._stacks[versions] = self._newest.first(rest, chosen)
        return found

    def _rest(self, before: Rest, versions: tuple[int, ...], package: int) -> Rest:
        """What is left after the last of these versions was drawn."""
        found = self._rests.get(versions)
        if found is None:
            found = before.with_version(package, versions[-1])
            self._nodes += len(found.nodes)
            if self._nodes > _MOST_NODES:
                self._rests.clear()
                self._nodes = len(found.nodes)
            self._rests[versions] = found
        return found
