"""The space of all valid stacks of a problem, by name: count, sample, enumerate, find the best.

A stack is a dictionary of package names and versions, sorted by name. Its rank is its number in the
order of the compiled graph. A cursor names a place in that order for later: it carries the digest of
the snapshot and that of the graph, so that it is never read as a place in another space.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from dependency_monkey import marginals, optima, ranks
from dependency_monkey.compilation import Limits, compile_universe
from dependency_monkey.crawl import Crawled
from dependency_monkey.errors import CursorError, EmptySpaceError, RankError, ScoreError
from dependency_monkey.flat import FlatGraph, flatten
from dependency_monkey.graph import Graph
from dependency_monkey.naming import Naming, Stack
from dependency_monkey.native import walks
from dependency_monkey.native.reference import MULTIPLIER
from dependency_monkey.newest import Newest
from dependency_monkey.spread import Spread
from dependency_monkey.universe import Universe

#: Package name -> version -> score; what is not in it scores 0.
Scores = Mapping[str, Mapping[str, float]]
WholeScores = Mapping[str, Mapping[str, int]]
Number = TypeVar("Number", int, float)

#: So many stacks are drawn, or scored, in one walk: between two walks a person can interrupt.
_SAMPLES_AT_ONCE = 4096
_SCORED_AT_ONCE = 1 << 28
_LARGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class ScoredStack:
    """A stack with its score."""

    stack: Stack
    score: float


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found by scoring stacks one by one.

    `checksum` depends on every score and on their order, modulo 2^64. `next_rank` is where to go on;
    None at the end of the space.
    """

    stacks: int
    checksum: int
    best: int
    worst: int
    next_rank: int | None


@dataclass(frozen=True)
class Space:
    """All valid stacks of what was crawled; `graph` is None where there is none."""

    crawled: Crawled
    graph: Graph | None

    @classmethod
    def compile(cls, crawled: Crawled, limits: Limits | None = None) -> Space:
        """The space of what was crawled. Raises NotCompiledError where the limits are reached."""
        return cls(crawled, compile_universe(crawled.universe, limits))

    @property
    def universe(self) -> Universe:
        """The packages and versions by number."""
        return self.crawled.universe

    @cached_property
    def digest(self) -> str:
        """The digest of the snapshot that every answer is for."""
        return self.crawled.snapshot.digest

    @property
    def count(self) -> int:
        """The number of valid stacks, exactly."""
        return self.graph.count if self.graph else 0

    def count_by(self) -> dict[str, dict[str, int]]:
        """Name -> version -> the number of valid stacks that contain it; 0 is left out."""
        if self.graph is None:
            return {}
        found: dict[str, dict[str, int]] = {}
        for (package, version), ways in sorted(marginals.marginals(self.graph).items()):
            one = self.universe.packages[package]
            found.setdefault(one.name, {})[one.versions[version]] = ways
        return dict(sorted(found.items()))

    # --- by number -------------------------------------------------------------------------

    def rank(self, stack: Mapping[str, str]) -> int | None:
        """The rank of a stack; None where it is no valid stack of this space."""
        return (
            None if self.graph is None else ranks.rank_of(self.graph, self.naming.choice_of(stack))
        )

    def __contains__(self, stack: Mapping[str, str]) -> bool:
        return self.rank(stack) is not None

    def unrank(self, rank: int) -> Stack:
        """The stack with this rank. Raises RankError outside of 0 .. count - 1."""
        if self.graph is None or not 0 <= rank < self.count:
            raise RankError(rank, self.count)
        return self.naming.stack_of(ranks.unrank(self.graph, rank))

    def enumerate(self, from_rank: int | str = 0) -> Iterator[tuple[int, Stack]]:
        """Every stack with its rank, in the order of ranks, from a rank or a cursor on.

        Raises CursorError for a cursor of another space, RankError for a rank below 0.
        """
        start = self._place(from_rank)
        return self._enumerate(start)

    def _enumerate(self, start: int) -> Iterator[tuple[int, Stack]]:
        if self.graph is not None and start < self.count:
            for rank, choice in enumerate(ranks.enumerate_from(self.graph, start), start):
                yield rank, self.naming.stack_of(choice)

    def cursor(self, rank: int) -> str:
        """The place of this rank as text, to go on from later."""
        return f"{self._name}:{rank}"

    def rank_at(self, cursor: str) -> int:
        """The rank that a cursor names. Raises CursorError for one of another space."""
        snapshot, _, place = cursor.partition(":")
        graph, _, rank = place.partition(":")
        if not rank.isdecimal():
            raise CursorError(f"{cursor!r} is no cursor", hint="take it as it was given")
        if snapshot != self.digest:
            raise CursorError(
                f"the cursor is for the snapshot {snapshot[:12]}, this space is for {self.digest[:12]}",
                hint="work on the snapshot that the cursor was made with, or start anew",
            )
        if f"{snapshot}:{graph}" != self._name:
            raise CursorError(
                "the cursor is for other requirements, or was made by another release",
                hint="give the requirements and the policy that the cursor was made with, or start anew",
            )
        return int(rank)

    @cached_property
    def _name(self) -> str:
        """Which space this is: the snapshot, and what was compiled from it."""
        total = hashlib.sha256()
        for package in self.universe.packages:
            total.update(repr((package.name, package.versions)).encode())
        if self.graph is not None:
            total.update(repr((self.graph.nodes, self.graph.root)).encode())
        return f"{self.digest}:{total.hexdigest()[:16]}"

    def _place(self, from_rank: int | str) -> int:
        rank = self.rank_at(from_rank) if isinstance(from_rank, str) else from_rank
        if rank < 0:
            raise RankError(rank, self.count)
        return rank

    # --- by chance -------------------------------------------------------------------------

    def sample(self, n: int, seed: int) -> Iterator[Stack]:
        """`n` stacks, each equally likely, independent of each other; the same for a seed.

        A larger sample of the same seed begins with the smaller one. Raises EmptySpaceError.
        """
        self._need_stacks()
        return self._sample(n, seed)

    def spread(self, n: int, seed: int) -> Iterator[Stack]:
        """`n` stacks that spread over the versions of what was named, each with the newest rest.

        The same for a seed; a larger draw begins with the smaller one. Raises EmptySpaceError.
        """
        found = Spread(self._newest).draw(n, seed)
        return map(self.naming.stack_of, found)

    def _sample(self, n: int, seed: int) -> Iterator[Stack]:
        flat, packages = self.flat, len(self.universe.packages)
        label = self.naming.labels.__getitem__
        for start in range(0, n, _SAMPLES_AT_ONCE):
            drawn = walks.sample(
                flat.nodes,
                flat.edges,
                flat.versions,
                flat.root,
                flat.ends,
                flat.words,
                min(_SAMPLES_AT_ONCE, n - start),
                hashlib.sha256(f"{seed}:{start}".encode()).digest(),
                flat.packages_of,
                packages,
            )
            rows = array("i")
            rows.frombytes(drawn)
            for first in range(0, len(rows), packages):
                present = (one for one in rows[first : first + packages] if one >= 0)
                yield dict(sorted(map(label, present)))

    # --- the newest ------------------------------------------------------------------------

    def newest_first(self) -> Iterator[Stack]:
        """Every stack, the newest of what was named first; see `newest`. Raises EmptySpaceError."""
        return map(self.naming.stack_of, self.newest_choices())

    def newest_choices(self) -> Iterator[ranks.Choice]:
        """The same in numbers, each with its packages in the order in which they were decided."""
        return self._newest.walk()

    @cached_property
    def _newest(self) -> Newest:
        versions = self.crawled.versions
        named = [root.package for root in self.universe.roots]

        def preference(package: int, version: int) -> tuple[bool, int]:
            return not versions[package][version].is_prerelease, version

        return Newest(self.universe, self._need_stacks(), preference, named)

    # --- by score --------------------------------------------------------------------------

    def best(self, scores: Scores) -> ScoredStack:
        """A stack than which none scores higher; proven, since the graph holds every stack."""
        self._need_stacks()
        flat = self.flat
        score, versions = walks.best(
            flat.nodes, flat.edges, flat.versions, flat.root, self._floats(scores)
        )
        chosen = array("i")
        chosen.frombytes(versions)
        return ScoredStack(self.naming.stack_of(flat.choice(chosen)), score)

    def best_first(self, scores: Scores) -> Iterator[ScoredStack]:
        """Every stack, the best first. What is not asked for is not computed."""
        if self.graph is None:
            return iter(())
        flat, values = self.flat, self._floats(scores)
        found = optima.best_first(
            self.graph, lambda package, version: values[flat.offsets[package] + version]
        )
        return (ScoredStack(self.naming.stack_of(one.choice), one.score) for one in found)

    def enumerate_and_score(
        self, scores: WholeScores, limit: int | None = None, from_rank: int | str = 0
    ) -> Tally:
        """Score up to `limit` stacks one by one, in the order of ranks; scores are whole numbers.

        Raises ScoreError for a score that is no whole number of 64 bits, and as `enumerate` does.
        """
        start = self._place(from_rank)
        if self.graph is None:
            return Tally(0, 0, -_LARGEST - 1, _LARGEST, None)
        flat, values = self.flat, self._wholes(scores)
        end = self.count if limit is None else min(self.count, start + limit)
        rank, checksum, best, worst = start, 0, -_LARGEST - 1, _LARGEST
        while rank < end:
            done, part, highest, lowest = walks.enumerate(
                flat.nodes,
                flat.edges,
                flat.versions,
                flat.root,
                values,
                ranks.path_to(self.graph, rank),
                min(_SCORED_AT_ONCE, end - rank),
            )
            checksum = (checksum * pow(MULTIPLIER, done, 1 << 64) + part) % (1 << 64)
            best, worst = max(best, highest), min(worst, lowest)
            rank += done
        stacks = max(0, rank - start)
        return Tally(stacks, checksum, best, worst, rank if rank < self.count else None)

    def _floats(self, scores: Scores) -> array[float]:
        values = array("d", bytes(8 * len(self.flat.packages_of)))
        for place, name, version, score in self._placed(scores):
            try:
                values[place] = score
            except TypeError:
                raise ScoreError(name, version, score, whole=False) from None
            if math.isnan(values[place]):  # it is neither more nor less than another: no best
                raise ScoreError(name, version, score, whole=False)
        return values

    def _wholes(self, scores: WholeScores) -> array[int]:
        values = array("q", bytes(8 * len(self.flat.packages_of)))
        for place, name, version, score in self._placed(scores):
            try:
                values[place] = score
            except (TypeError, OverflowError):
                raise ScoreError(name, version, score, whole=True) from None
        return values

    def _placed(
        self, scores: Mapping[str, Mapping[str, Number]]
    ) -> Iterator[tuple[int, str, str, Number]]:
        """Each score of a version that is known, with the version's number in the arrays."""
        for name, by_version in scores.items():
            package = self.naming.package(name)
            if package is None:
                continue
            for version, score in by_version.items():
                number = self.naming.version(package, version)
                if number is not None:
                    yield self.flat.offsets[package] + number, name, version, score

    # --- near a given one ------------------------------------------------------------------

    def nearest(self, lock: Mapping[str, str], k: int) -> Iterator[tuple[int, Stack]]:
        """(differing names, stack) of all that differ from a lock in at most `k` names, nearest first.

        Absence is a value: a name that only one of the two has differs.
        """
        if self.graph is None:
            return iter(())
        found = marginals.nearest(self.graph, self.naming.choice_of(lock), k)
        return ((int(one.score), self.naming.stack_of(one.choice)) for one in found)

    def differences(self, lock: Mapping[str, str]) -> dict[int, int]:
        """Number of names that differ from a lock -> number of stacks."""
        if self.graph is None:
            return {}
        return marginals.differences(self.graph, self.naming.choice_of(lock))

    # --- names and numbers -----------------------------------------------------------------

    @cached_property
    def flat(self) -> FlatGraph:
        """The graph as arrays. Raises EmptySpaceError."""
        return flatten(self._need_stacks(), self.universe)

    @cached_property
    def naming(self) -> Naming:
        """Names for numbers, and back."""
        return Naming(self.crawled)

    def _need_stacks(self) -> Graph:
        if self.graph is None:
            raise EmptySpaceError(
                "no stack is valid: the requirements contradict each other",
                hint="`amun stack explain` names the requirements that block each other",
            )
        return self.graph
