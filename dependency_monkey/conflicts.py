"""Which few requirements block each other: a smallest set that no stack fulfils.

Requirements are taken in groups: one for each root, one for all that the versions of a package ask of
another, one for the versions of a package that the policy leaves out. Leaving groups away can only
make more possible, so whatever is still impossible without a group does not need it to be blocked.
What is left in the end needs each of its groups.
Source: A. Zeller and R. Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Protocol

from dependency_monkey.compilation import Limits, NotCompiledError, compile_universe
from dependency_monkey.reduction import reduce
from dependency_monkey.universe import Package, Requirement, Universe, bits

#: One try may take so long, s, and so many nodes; where that is too little, a group counts as needed.
_TRY_SECONDS = 1.0
_TRY_NODES = 50_000


class Kind(StrEnum):
    """What a group of requirements is."""

    ROOT = "root"
    REQUIRES = "requires"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Group:
    """Requirements that are taken together.

    `subject` is the number of a root, else of a package; `target` the package that is asked for.
    """

    kind: Kind
    subject: int
    target: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Groups that no stack fulfils together; `smallest`: each of them is needed for that."""

    groups: tuple[Group, ...]
    smallest: bool


class Source(Protocol):
    """Packages as they are asked for, and the versions of each that the policy leaves out."""

    @property
    def roots(self) -> Sequence[Requirement]:
        """What the problem itself asks for."""

    @property
    def size(self) -> int:
        """How many packages there are."""

    def package(self, number: int) -> Package:
        """A package with all versions that are known of, those that are left out too."""

    def left_out(self, number: int) -> int:
        """The versions that are left out."""


@dataclass(frozen=True)
class Plain:
    """A universe, with the versions that are left out by package."""

    universe: Universe
    hidden: Mapping[int, int]

    @property
    def roots(self) -> Sequence[Requirement]:
        """What the problem itself asks for."""
        return self.universe.roots

    @property
    def size(self) -> int:
        """How many packages there are."""
        return len(self.universe.packages)

    def package(self, number: int) -> Package:
        """A package by its number."""
        return self.universe.packages[number]

    def left_out(self, number: int) -> int:
        """The versions that are left out."""
        return self.hidden.get(number, 0)


def smallest_conflict(
    source: Source, *, seconds: float, kept: Sequence[Group] = ()
) -> Conflict | None:
    """Groups that block each other; None where some stack is valid, or none was found to be blocked.

    It looks around the roots first. Groups of `kept` are never left away.
    """
    return _Search(source, monotonic() + seconds, kept).run()


def parts(source: Source, groups: Sequence[Group]) -> Universe:
    """The universe in which only these groups hold."""
    return _Parts(source).universe(groups)


class _Parts:
    """Universes in which some groups hold; packages that look the same are made once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._made: dict[tuple[int, frozenset[int], bool], Package] = {}

    def universe(self, groups: Sequence[Group]) -> Universe:
        targets: dict[int, set[int]] = {}
        hidden, roots = set(), []
        for group in groups:
            if group.kind is Kind.ROOT:
                roots.append(self._source.roots[group.subject])
            elif group.kind is Kind.REQUIRES:
                targets.setdefault(group.subject, set()).add(group.target)
            else:
                hidden.add(group.subject)
        nothing = Package("", (), ((),))
        packages = [nothing] * self._source.size
        waiting = [root.package for root in roots]
        reached = set(waiting)
        while waiting:
            number = waiting.pop()
            own = frozenset(targets.get(number, ()))
            packages[number] = self._package(number, own, hidden=number in hidden)
            waiting.extend(own - reached)
            reached |= own
        return Universe(tuple(packages), tuple(roots))

    def _package(self, number: int, targets: frozenset[int], *, hidden: bool) -> Package:
        key = number, targets, hidden
        made = self._made.get(key)
        if made is None:
            whole = self._source.package(number)
            out = self._source.left_out(number) if hidden else 0
            never = (Requirement(number, 0),)
            rows = tuple(
                tuple(
                    never
                    if out >> version & 1
                    else tuple(one for one in required if one.package in targets)
                    for version, required in enumerate(row)
                )
                for row in whole.requirements
            )
            made = self._made[key] = Package(whole.name, whole.versions, rows)
        return made


class _Search:
    def __init__(self, source: Source, ends_at: float, kept: Sequence[Group]) -> None:
        self._source = source
        self._ends_at = ends_at
        self._kept = tuple(kept)
        self._parts = _Parts(source)

    def run(self) -> Conflict | None:
        groups: list[Group] = list(self._kept)
        for more in self._rings():
            groups.extend(one for one in more if one not in self._kept)
            if self._blocked(groups):
                return self._shrink([one for one in groups if one not in self._kept])
            if monotonic() > self._ends_at:
                break
        return None

    def _rings(self) -> Iterator[list[Group]]:
        """The groups by their distance from the roots, the nearest first."""
        roots = self._source.roots
        reached = {root.package for root in roots}
        ring = sorted(reached)
        yield [
            *(Group(Kind.ROOT, number, root.package) for number, root in enumerate(roots)),
            *self._hidden(ring),
        ]
        while ring:
            found: list[Group] = []
            new: set[int] = set()
            for package in ring:
                targets = {
                    one.package
                    for row in self._source.package(package).requirements
                    for required in row
                    for one in required
                }
                found.extend(Group(Kind.REQUIRES, package, target) for target in sorted(targets))
                new |= targets - reached
            reached |= new
            ring = sorted(new)
            yield [*found, *self._hidden(ring)]

    def _hidden(self, packages: Sequence[int]) -> list[Group]:
        return [Group(Kind.LEFT_OUT, one, one) for one in packages if self._source.left_out(one)]

    def _shrink(self, groups: list[Group]) -> Conflict:
        """Leave away what is not needed, the farthest first, in ever smaller pieces."""
        order = {Kind.LEFT_OUT: 0, Kind.REQUIRES: 1, Kind.ROOT: 2}
        backwards = groups[::-1]
        left = sorted(backwards, key=lambda one: order[one.kind])
        piece = len(left)
        while piece:
            place = 0
            while place < len(left):
                if monotonic() > self._ends_at:
                    return Conflict((*self._kept, *reversed(left)), smallest=False)
                without = left[:place] + left[place + piece :]
                if self._blocked([*self._kept, *without]):
                    left = without
                else:
                    place += piece
            piece //= 2
        return Conflict((*self._kept, *reversed(left)), smallest=True)

    def _blocked(self, groups: Sequence[Group]) -> bool:
        """Whether it is certain that no stack fulfils the groups."""
        universe = self._parts.universe(groups)
        if reduce(universe).empty:
            return True
        seconds = min(_TRY_SECONDS, self._ends_at - monotonic())
        try:
            return compile_universe(universe, Limits(max(0.0, seconds), _TRY_NODES)) is None
        except NotCompiledError:
            return False


def left_by(source: Source, groups: Sequence[Group]) -> dict[int, int]:
    """Package -> the versions that these groups leave; packages that nobody asks for are left out."""
    universe = parts(source, groups)
    reduced = reduce(universe)
    return {
        package: mask
        for package, mask in enumerate(reduced.alive)
        if universe.packages[package].name and mask
    }


def asked_features(universe: Universe) -> dict[int, int]:
    """Package -> every feature that may be asked of it."""
    found: dict[int, int] = {}
    waiting = list(universe.roots)
    while waiting:
        one = waiting.pop()
        new = one.features & ~found.get(one.package, 0)
        if new:
            found[one.package] = found.get(one.package, 0) | new
            for version in bits(universe.packages[one.package].all_versions):
                waiting.extend(universe.required(one.package, version, new))
    return found
