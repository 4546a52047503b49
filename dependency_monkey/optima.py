"""The best stacks under a score that adds up over packages, proven by the graph itself.

At a leaf the best is the greatest score of its versions, at an AND the best parts add up, at an OR
the best branch wins: one pass, and nothing better exists. The k best come from the same graph, lazily:
L. Huang and D. Chiang, *Better k-best Parsing* (2005), algorithm 3.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dependency_monkey.depth import allow
from dependency_monkey.graph import And, Graph, Leaf, depth_of
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import bits

#: The score of a version of a package; both are numbers of the universe.
Score = Callable[[int, int], float]


@dataclass(frozen=True, slots=True)
class Scored:
    """A stack with its score."""

    choice: Choice
    score: float


def best(graph: Graph, score: Score) -> Scored:
    """A stack than which none is better."""
    return next(best_first(graph, score))


def best_first(graph: Graph, score: Score) -> Iterator[Scored]:
    """Every stack, from the best down. What is not asked for is not computed."""
    search = _Search(graph, score)
    allow(4 * depth_of(graph))  # four functions call each other at each node on the way down
    place = 0
    while (found := search.at(graph.root, place)) is not None:
        yield Scored(search.choice(graph.root, place), found)
        place += 1


@dataclass
class _Ranked:
    """The best ways down from one node, found so far, and the candidates for the next."""

    found: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)
    waiting: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)
    seen: set[tuple[int, ...]] = field(default_factory=set)


class _Search:
    """Ways down by rank.

    A way is named by places: of a leaf the version, of an OR (branch, place), of an AND one for each
    part.
    """

    def __init__(self, graph: Graph, score: Score) -> None:
        self._graph = graph
        self._score = score
        self._ranked: dict[int, _Ranked] = {}
        self._best = self._maxima()

    def at(self, number: int, place: int) -> float | None:
        """The score of the way with this place, 0 being the best; None where there are fewer."""
        if place == 0:
            return self._best[number]
        ranked = self._known(number)
        while len(ranked.found) <= place:
            if not ranked.waiting:
                return None
            negative, way = heapq.heappop(ranked.waiting)
            ranked.found.append((-negative, way))
            self._follow(number, way, ranked)
        return ranked.found[place][0]

    def choice(self, number: int, place: int) -> Choice:
        """The stack of that way."""
        choice: Choice = {}
        waiting = [(number, place)]
        while waiting:
            number, place = waiting.pop()
            ranked = self._known(number)
            self.at(number, place)
            if len(ranked.found) <= place:  # the best of all was known without a search
                negative, way = heapq.heappop(ranked.waiting)
                ranked.found.append((-negative, way))
                self._follow(number, way, ranked)
            way = ranked.found[place][1]
            node = self._graph.nodes[number]
            if isinstance(node, Leaf):
                choice[node.package] = way[0]
            elif isinstance(node, And):
                waiting.extend(zip(node.parts, way, strict=True))
            else:
                waiting.append((node.branches[way[0]], way[1]))
        return choice

    def _maxima(self) -> list[float]:
        maxima: list[float] = []
        for node in self._graph.nodes:
            if isinstance(node, Leaf):
                maxima.append(max(self._score(node.package, one) for one in bits(node.mask)))
            elif isinstance(node, And):
                maxima.append(sum(maxima[part] for part in node.parts))
            else:
                maxima.append(max(maxima[branch] for branch in node.branches))
        return maxima

    def _known(self, number: int) -> _Ranked:
        ranked = self._ranked.get(number)
        if ranked is None:
            ranked = self._ranked[number] = _Ranked()
            for way in self._first_ways(number):
                self._offer(number, way, ranked)
        return ranked

    def _first_ways(self, number: int) -> Iterator[tuple[int, ...]]:
        node = self._graph.nodes[number]
        if isinstance(node, Leaf):
            yield from ((version,) for version in bits(node.mask))
        elif isinstance(node, And):
            yield (0,) * len(node.parts)
        else:
            yield from ((branch, 0) for branch in range(len(node.branches)))

    def _follow(self, number: int, way: tuple[int, ...], ranked: _Ranked) -> None:
        """Offer what can come next after this way."""
        node = self._graph.nodes[number]
        if isinstance(node, And):
            for index in range(len(way)):
                self._offer(number, (*way[:index], way[index] + 1, *way[index + 1 :]), ranked)
        elif not isinstance(node, Leaf):
            self._offer(number, (way[0], way[1] + 1), ranked)

    def _offer(self, number: int, way: tuple[int, ...], ranked: _Ranked) -> None:
        if way in ranked.seen:
            return
        ranked.seen.add(way)
        score = self._score_of(number, way)
        if score is not None:
            heapq.heappush(ranked.waiting, (-score, way))

    def _score_of(self, number: int, way: tuple[int, ...]) -> float | None:
        node = self._graph.nodes[number]
        if isinstance(node, Leaf):
            return self._score(node.package, way[0])
        if isinstance(node, And):
            total = 0.0
            for part, place in zip(node.parts, way, strict=True):
                one = self.at(part, place)
                if one is None:
                    return None
                total += one
            return total
        return self.at(node.branches[way[0]], way[1])
