"""Why no stack is valid: the chain of requirements that block each other, with their words.

What the person asks for stands apart from what packages require, and from versions that would do and
are left out. For each part that a person can change it is said what would help.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement as Wanted
from packaging.version import Version

from dependency_monkey.candidates import LeftOutBecause
from dependency_monkey.conflicts import (
    Conflict,
    Group,
    Kind,
    asked_features,
    left_by,
    parts,
    smallest_conflict,
)
from dependency_monkey.crawled import Crawled
from dependency_monkey.known_versions import KnownVersions, words
from dependency_monkey.problem import Problem
from dependency_monkey.universe import Package, Requirement, bits

DEFAULT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A requirement of the person; `would_do` are other versions that fit the rest of the chain.

    `unread` says that nothing is known yet of what those would ask for themselves; `wished` that it is
    what shall be explained, not a part of the problem.
    """

    text: str
    package: str
    would_do: tuple[str, ...]
    unread: bool
    wished: bool = False


@dataclass(frozen=True, slots=True)
class Require:
    """What the versions of a package that are still possible require of another.

    `says` are the different requirements, each with the versions that have it, oldest first.
    """

    package: str
    target: str
    says: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class LeftOutHere:
    """Versions of a package that the chain would admit, and that are left out for one reason."""

    package: str
    because: LeftOutBecause
    versions: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Blocking:
    """Requirements that no stack fulfils together.

    `smallest`: without any one of them some stack would. `nowhere` are packages of the chain that no
    index has.
    """

    asked: tuple[Ask, ...]
    required: tuple[Require, ...]
    left_out: tuple[LeftOutHere, ...]
    nowhere: tuple[str, ...]
    smallest: bool


def blocking(
    problem: Problem,
    crawled: Crawled,
    wish: Wanted | None = None,
    *,
    seconds: float = DEFAULT_SECONDS,
) -> Blocking | None:
    """The chain that makes the space empty; None where it is not, or none was found in the time.

    `wish` is asked for besides: the chain then says why it cannot be.
    """
    known = KnownVersions(problem, crawled, wish)
    kept = []
    if wish is not None:
        kept = [Group(Kind.ROOT, len(known.asked) - 1, known.numbers[known.asked[-1].name])]
    conflict = smallest_conflict(known, seconds=seconds, kept=kept)
    wished = None if wish is None else len(known.asked) - 1
    return None if conflict is None else _Telling(known, conflict, wished).told()


@dataclass(frozen=True)
class _Relaxed:
    """The same packages, but one root takes any version."""

    known: KnownVersions
    root: int

    @property
    def roots(self) -> Sequence[Requirement]:
        free = self.known.roots[self.root]
        every = self.known.package(free.package).all_versions
        return tuple(
            Requirement(one.package, every, one.features) if number == self.root else one
            for number, one in enumerate(self.known.roots)
        )

    @property
    def size(self) -> int:
        return self.known.size

    def package(self, number: int) -> Package:
        return self.known.package(number)

    def left_out(self, number: int) -> int:
        return self.known.left_out(number)


class _Telling:
    """From groups to words."""

    def __init__(self, known: KnownVersions, conflict: Conflict, wished: int | None) -> None:
        self._known = known
        self._conflict = conflict
        self._wished = wished

    def told(self) -> Blocking:
        groups = self._conflict.groups
        packages = dict.fromkeys(group.target for group in groups)
        return Blocking(
            tuple(self._ask(one) for one in groups if one.kind is Kind.ROOT),
            tuple(self._require(one) for one in self._in_order()),
            tuple(self._left_out(one for one in groups if one.kind is Kind.LEFT_OUT)),
            tuple(self._known.name(one) for one in packages if not self._known.is_on_index(one)),
            self._conflict.smallest,
        )

    def _in_order(self) -> list[Group]:
        """What is required, each after what asks for its package."""
        groups = self._conflict.groups
        waiting = [one for one in groups if one.kind is Kind.REQUIRES]
        reached = {one.target for one in groups if one.kind is Kind.ROOT}
        found: list[Group] = []
        while waiting:
            following = next((one for one in waiting if one.subject in reached), waiting[0])
            waiting.remove(following)
            reached.add(following.target)
            found.append(following)
        return found

    def _without(self, group: Group) -> list[Group]:
        return [one for one in self._conflict.groups if one != group]

    def _ask(self, group: Group) -> Ask:
        relaxed = _Relaxed(self._known, group.subject)
        fitting = left_by(relaxed, self._conflict.groups).get(group.target, 0)
        fitting &= ~self._known.left_out(group.target)
        read = fitting & self._known.chosen(group.target)
        asks_itself = any(
            one.kind is Kind.REQUIRES and one.subject == group.target
            for one in self._conflict.groups
        )
        unread = asks_itself and not read
        told = read if asks_itself and read else fitting
        asked = self._known.asked[group.subject]
        wished = group.subject == self._wished
        name = self._known.name(group.target)
        return Ask(asked.text, name, self._named(group.target, told), unread, wished)

    def _require(self, group: Group) -> Require:
        others = self._without(group)
        left = left_by(self._known, others).get(group.subject, 0)
        features = asked_features(parts(self._known, self._conflict.groups)).get(group.subject, 1)
        says: dict[str, int] = {}
        for version in bits(left & self._known.chosen(group.subject)):
            said = self._known.said(group.subject, version, features, group.target)
            text = " and ".join(dict.fromkeys(map(words, said)))
            if text:
                says[text] = says.get(text, 0) | 1 << version
        return Require(
            self._known.name(group.subject),
            self._known.name(group.target),
            tuple((text, self._named(group.subject, mask)) for text, mask in says.items()),
        )

    def _left_out(self, groups: Iterable[Group]) -> Iterable[LeftOutHere]:
        for group in groups:
            left = left_by(self._known, self._without(group)).get(group.target, 0)
            reasons = self._known.reasons(group.target)
            versions = self._known.versions(group.target)
            by_reason: dict[LeftOutBecause, list[Version]] = {}
            for place in bits(left & self._known.left_out(group.target)):
                by_reason.setdefault(reasons[versions[place]].because, []).append(versions[place])
            for because, own in by_reason.items():
                name, told = self._known.name(group.target), tuple(map(str, own))
                yield LeftOutHere(name, because, told, reasons[own[-1]].detail)

    def _named(self, number: int, mask: int) -> tuple[str, ...]:
        versions = self._known.versions(number)
        return tuple(str(versions[place]) for place in bits(mask))
