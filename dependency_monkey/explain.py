"""Why a version is in the space, or why it is not.

In: how many stacks have it, one of them, and what asks for it there. Out: it was left out, or no
requirement that can be reached admits it, or requirements block it (the chain is named), or it would
be valid and nothing asks for its package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from packaging.requirements import Requirement as Wanted
from packaging.utils import canonicalize_name

from dependency_monkey.blocking import DEFAULT_SECONDS, Blocking, blocking
from dependency_monkey.candidates import LeftOutBecause
from dependency_monkey.crawled import Crawled
from dependency_monkey.errors import SearchEndedError
from dependency_monkey.graph import Graph
from dependency_monkey.known_versions import KnownVersions, words
from dependency_monkey.marginals import marginals
from dependency_monkey.pairs import best_with_pairs
from dependency_monkey.problem import Problem
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import bits
from dependency_monkey.widest import Widest

_PRE_RELEASE = LeftOutBecause.PRE_RELEASE
#: So many requirements are quoted where many say the same.
_QUOTED = 4


class Why(StrEnum):
    """Why a version is in no stack."""

    LEFT_OUT = "left_out"  # by the policy, or because it cannot be installed: see the reason
    NOT_ADMITTED = "not_admitted"  # no requirement that can be reached admits it
    BLOCKED = "blocked"  # requirements block each other: see the chain
    NOT_ASKED = "not_asked"  # it would fit, but nothing that fits asks for its package
    UNREACHED = "unreached"  # nothing that can be reached asks for the package
    UNKNOWN = "unknown"  # the index has no such version
    UNDECIDED = "undecided"  # the time did not suffice


@dataclass(frozen=True, slots=True)
class Inside:
    """A version that is in the space; `stacks` is None where they could not be counted."""

    version: str
    stacks: int | None


@dataclass(frozen=True, slots=True)
class Outside:
    """Versions that are in no stack for the same reason.

    `quoted` are requirements of the package that do not admit them, each with who has it (None: the
    person). `nearby` are the oldest and the newest version that the index has.
    """

    why: Why
    versions: tuple[str, ...]
    because: LeftOutBecause | None = None
    detail: str = ""
    quoted: tuple[tuple[str | None, str], ...] = ()
    chain: Blocking | None = None
    nearby: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said of the versions that were asked about.

    `example` is a stack with the newest version that is inside, `admitted_by` what asks for it there
    (None: the person). `stacks` is the size of the space; None where it was not counted.
    """

    subject: str
    package: str
    inside: tuple[Inside, ...]
    outside: tuple[Outside, ...]
    example: dict[str, str] | None = None
    admitted_by: tuple[tuple[str | None, str], ...] = ()
    stacks: int | None = None


def explain(
    problem: Problem,
    crawled: Crawled,
    subject: Wanted,
    graph: Graph | None,
    *,
    compiled: bool = True,
    seconds: float = DEFAULT_SECONDS,
) -> Explanation:
    """Why the versions that `subject` admits are in the space or not.

    `graph` is the compiled space, None where it is empty, or where it was not compiled
    (`compiled=False`): then the versions are searched for one by one.
    """
    name = canonicalize_name(subject.name)
    known = KnownVersions(problem, crawled)
    number = known.numbers.get(name)
    if number is None:
        return Explanation(str(subject), name, (), (Outside(Why.UNREACHED, ()),))
    count = (graph.count if graph is not None else 0) if compiled else None
    return _Explainer(
        problem, crawled, known, subject, number, graph, count, monotonic() + seconds
    ).explanation()


@dataclass
class _Explainer:
    problem: Problem
    crawled: Crawled
    known: KnownVersions
    subject: Wanted
    number: int
    graph: Graph | None
    count: int | None
    ends_at: float

    def explanation(self) -> Explanation:
        versions = self.known.versions(self.number)
        about = 0
        for place, version in enumerate(versions):
            if self.subject.specifier.contains(version, prereleases=True):
                about |= 1 << place
        if not about:
            return self._told((), (Outside(Why.UNKNOWN, (), nearby=self._nearby()),))
        chosen = about & self.known.chosen(self.number)
        inside, undecided, example = self._inside(chosen)
        there = sum(1 << place for place in inside)
        outside = [
            *self._blocked(chosen & ~there & ~undecided),
            *self._not_admitted(about),
            *self._left_out(about),
        ]
        if undecided:
            outside.append(Outside(Why.UNDECIDED, self._names(undecided)))
        told = tuple(Inside(str(versions[place]), inside[place]) for place in sorted(inside))
        return self._told(told, tuple(outside), example)

    def _told(
        self,
        inside: tuple[Inside, ...],
        outside: tuple[Outside, ...],
        example: Choice | None = None,
    ) -> Explanation:
        packages = self.crawled.universe.packages
        return Explanation(
            str(self.subject),
            self.known.name(self.number),
            inside,
            outside,
            None
            if example is None
            else dict(
                sorted((packages[p].name, packages[p].versions[v]) for p, v in example.items())
            ),
            () if example is None else tuple(self._asking(example)),
            self.count,
        )

    # --- in --------------------------------------------------------------------------------

    def _inside(self, chosen: int) -> tuple[dict[int, int | None], int, Choice | None]:
        """Place of each version that is in a stack -> in how many; what is undecided; an example."""
        own = self.crawled.versions[self.number]
        every = self.known.versions(self.number)
        places = {number: every.index(version) for number, version in enumerate(own)}
        wanted = {number: place for number, place in places.items() if chosen >> place & 1}
        if self.count is None:
            return self._searched(wanted)
        if self.graph is None:
            return {}, 0, None
        counts = marginals(self.graph)
        found: dict[int, int | None] = {
            place: counts[self.number, version]
            for version, place in wanted.items()
            if (self.number, version) in counts
        }
        newest = max((one for one, place in wanted.items() if place in found), default=None)
        example = None
        if newest is not None:
            widest = Widest(self.crawled.universe, self.graph)
            example = widest.best({(self.number, newest): 1.0})
        return found, 0, example

    def _searched(self, wanted: dict[int, int]) -> tuple[dict[int, int | None], int, Choice | None]:
        """Without a graph: one stack after the other with a version that none had yet."""
        found: dict[int, int | None] = {}
        left, example = dict(wanted), None
        while left and (seconds := self.ends_at - monotonic()) > 0:
            newest = max(left)

            def score(package: int, version: int, newest: int = newest) -> float:
                return float(package == self.number and version in left and 1 + (version == newest))

            try:
                best = best_with_pairs(self.crawled.universe, None, score, {}, seconds=seconds)
            except SearchEndedError:
                break
            if best is None or (best.proven and best.score < 1):
                return found, 0, example
            if best.score < 1:
                break
            found[left.pop(best.choice[self.number])] = None
            example = example or best.choice
        return found, sum(1 << place for place in left.values()), example

    def _asking(self, example: Choice) -> list[tuple[str | None, str]]:
        """What asks for the package in a stack."""
        found: list[tuple[str | None, str]] = [
            (None, one.text)
            for one in self.known.asked
            if self.known.numbers[one.name] == self.number
        ]
        universe = self.crawled.universe
        features: dict[int, int] = {}
        waiting = list(universe.roots)
        while waiting:
            one = waiting.pop()
            new = one.features & ~features.get(one.package, 0)
            if new:
                features[one.package] = features.get(one.package, 0) | new
                waiting.extend(universe.required(one.package, example[one.package], new))
        for package, own in sorted(features.items()):
            version = self.crawled.versions[package][example[package]]
            place = self.known.versions(package).index(version)
            who = f"{self.known.name(package)} {version}"
            said = self.known.said(package, place, own, self.number)
            found.extend((who, words(asked)) for asked in said)
        return found

    # --- out -------------------------------------------------------------------------------

    def _blocked(self, mask: int) -> list[Outside]:
        """Versions that may be chosen and that no stack has."""
        if not mask:
            return []
        names = self._names(mask)
        chain = None
        if self.count != 0:  # where no stack is valid at all, that is what is to be told
            wish = self._wish(names)
            chain = blocking(self.problem, self.crawled, wish, seconds=self._left())
            if chain is None and self._left() > 0:
                return self._unasked(mask)
        else:
            chain = blocking(self.problem, self.crawled, seconds=self._left())
        return [Outside(Why.BLOCKED, names, chain=chain)]

    def _unasked(self, mask: int) -> list[Outside]:
        """Versions that would fit: pre-releases that have no leave, or what nobody asks for."""
        versions = self.known.versions(self.number)
        early = sum(1 << one for one in bits(mask) if versions[one].is_prerelease)
        if not self.crawled.universe.packages[self.number].barred:
            early = 0
        told = ((Why.NOT_ASKED, mask & ~early, None), (Why.LEFT_OUT, early, _PRE_RELEASE))
        return [
            Outside(why, self._names(own), because=because) for why, own, because in told if own
        ]

    def _wish(self, names: Sequence[str]) -> Wanted:
        """A requirement that admits these versions and no other that may be chosen."""
        if len(names) == 1:
            return Wanted(f"{self.known.name(self.number)}=={names[0]}")
        excluded = [
            str(version)
            for version in self.known.versions(self.number)
            if self.subject.specifier.contains(version, prereleases=True)
            and str(version) not in names
        ]
        parts = [str(self.subject.specifier), *(f"!={one}" for one in excluded)]
        return Wanted(f"{self.known.name(self.number)}{','.join(filter(None, parts))}")

    def _not_admitted(self, about: int) -> list[Outside]:
        """Versions that were not read, since nothing admits them."""
        mask = about & ~self.known.chosen(self.number) & ~self.known.left_out(self.number)
        if not mask:
            return []
        return [Outside(Why.NOT_ADMITTED, self._names(mask), quoted=self._excluding(mask))]

    def _excluding(self, mask: int) -> tuple[tuple[str | None, str], ...]:
        """Requirements of the package that admit none of these versions; the person's first."""
        found: dict[str, tuple[str | None, str]] = {}
        for asked in self.known.asked:
            excludes = asked.name == self.known.name(self.number) and not (
                self.known.admitted(self.number, asked) & mask
            )
            if excludes:
                found[asked.versions] = None, asked.text
        if found:
            return tuple(found.values())
        for package in range(self.known.size):
            features = (1 << len(self.crawled.features[package])) - 1
            versions = self.known.versions(package)
            for place in sorted(bits(self.known.chosen(package)), reverse=True):
                for asked in self.known.said(package, place, features, self.number):
                    said = f"{self.known.name(package)} {versions[place]}", words(asked)
                    found.setdefault(asked.versions, said)
            if len(found) >= _QUOTED or not self._left():
                break
        return tuple(found.values())[:_QUOTED]

    def _left_out(self, about: int) -> list[Outside]:
        mask = about & self.known.left_out(self.number)
        versions, reasons = self.known.versions(self.number), self.known.reasons(self.number)
        groups: dict[tuple[LeftOutBecause, str], int] = {}
        for place in bits(mask):
            one = reasons[versions[place]]
            key = one.because, one.detail
            groups[key] = groups.get(key, 0) | 1 << place
        return [
            Outside(Why.LEFT_OUT, self._names(own), because=because, detail=detail)
            for (because, detail), own in groups.items()
        ]

    # --- words -----------------------------------------------------------------------------

    def _left(self) -> float:
        return max(0.0, self.ends_at - monotonic())

    def _names(self, mask: int) -> tuple[str, ...]:
        versions = self.known.versions(self.number)
        return tuple(str(versions[place]) for place in bits(mask))

    def _nearby(self) -> tuple[str, ...]:
        versions = self.known.versions(self.number)
        return tuple(dict.fromkeys(str(one) for one in (*versions[:1], *versions[-1:])))
