"""Stacks by number: rank, unrank, enumerate in rank order, sample uniformly.

The order is that of the graph: at an OR branch after branch, at an AND like an odometer whose last
part turns fastest, at a leaf from the newest version to the oldest. Ranks go from 0 to count - 1,
and every stack has exactly one. Numbers are Python integers: nothing overflows.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Mapping

from dependency_monkey.graph import And, Graph, Leaf, Or

#: Package -> version, both as numbers of the universe.
Choice = dict[int, int]
#: What is still to be walked: a node, and what comes after it.
Rest = tuple[int, "Rest | None"]


def unrank(graph: Graph, rank: int) -> Choice:
    """The stack with this rank. Raises IndexError outside of 0 .. count - 1."""
    if not 0 <= rank < graph.count:
        raise IndexError(f"rank {rank} is not from 0 to {graph.count - 1}")
    choice: Choice = {}
    waiting = [(graph.root, rank)]
    while waiting:
        number, rank = waiting.pop()
        node = graph.nodes[number]
        if isinstance(node, Leaf):
            choice[node.package] = version_at(node.mask, rank)
        elif isinstance(node, And):
            for part in reversed(node.parts):
                rank, below = divmod(rank, graph.counts[part])
                waiting.append((part, below))
        else:
            for branch in node.branches:
                if rank < graph.counts[branch]:
                    waiting.append((branch, rank))
                    break
                rank -= graph.counts[branch]
    return choice


def rank_of(graph: Graph, choice: Mapping[int, int]) -> int | None:
    """The rank of a stack; None where it is no stack of this space."""
    ranks: dict[int, int | None] = {}
    packages: dict[int, int] = {}

    for number in _reached(graph):
        node = graph.nodes[number]
        rank: int | None = None
        size = 0
        if isinstance(node, Leaf):
            version = choice.get(node.package, -1)
            if version >= 0 and node.mask >> version & 1:
                rank, size = (node.mask >> version + 1).bit_count(), 1
        elif isinstance(node, And):
            rank = 0
            for part in node.parts:
                below = ranks[part]
                if below is None:
                    rank = None
                    break
                rank = rank * graph.counts[part] + below
                size += packages[part]
        else:
            before = 0
            for branch in node.branches:  # they differ in a version that they have in common
                below = ranks[branch]
                if below is not None:
                    rank, size = before + below, packages[branch]
                    break
                before += graph.counts[branch]
        ranks[number], packages[number] = rank, size
    return ranks[graph.root] if packages[graph.root] == len(choice) else None


def enumerate_from(graph: Graph, rank: int = 0) -> Iterator[Choice]:
    """Every stack from this rank on, in rank order. The same dictionary is changed and yielded."""
    choice: Choice = {}
    places = iter(path_to(graph, rank))
    trail: list[_Open] = []
    agenda: Rest | None = (graph.root, None)
    while True:
        while agenda is not None:
            number, rest = agenda
            node = graph.nodes[number]
            if isinstance(node, And):
                for part in reversed(node.parts):
                    rest = part, rest
                agenda = rest
                continue
            trail.append(_Open(node, rest, next(places, 0)))
            agenda = trail[-1].choose(choice)
        yield choice
        while not trail[-1].turn():  # back to the last choice that has another place
            trail.pop().forget(choice)
            if not trail:
                return
        agenda = trail[-1].choose(choice)


class _Open:
    """A choice that was made on the way down, and what is to be walked after it."""

    __slots__ = ("_node", "_options", "_place", "_rest")

    def __init__(self, node: Leaf | Or, rest: Rest | None, place: int) -> None:
        self._node = node
        self._rest = rest
        self._place = place
        self._options = tuple(newest_first(node.mask)) if isinstance(node, Leaf) else node.branches

    def choose(self, choice: Choice) -> Rest | None:
        option = self._options[self._place]
        if isinstance(self._node, Or):
            return option, self._rest
        choice[self._node.package] = option
        return self._rest

    def turn(self) -> bool:
        self._place += 1
        return self._place < len(self._options)

    def forget(self, choice: Choice) -> None:
        if isinstance(self._node, Leaf):
            del choice[self._node.package]


def path_to(graph: Graph, rank: int) -> array[int]:
    """The places that a walk goes through on its way to the stack with this rank."""
    path: array[int] = array("i")
    waiting = [(graph.root, rank)]
    while waiting:
        number, rank = waiting.pop()
        node = graph.nodes[number]
        if isinstance(node, Leaf):
            path.append(rank)
        elif isinstance(node, And):
            ranks = []
            for part in reversed(node.parts):
                rank, below = divmod(rank, graph.counts[part])
                ranks.append((part, below))
            waiting.extend(ranks)  # the first part lies on top
        else:
            for place, branch in enumerate(node.branches):
                if rank < graph.counts[branch]:
                    path.append(place)
                    waiting.append((branch, rank))
                    break
                rank -= graph.counts[branch]
    return path


def sample(graph: Graph, number: int, seed: int) -> Iterator[Choice]:
    """`number` stacks, each equally likely, independently of each other; the same for a seed."""
    source = random.Random(seed)  # noqa: S311 - a reproducible draw, nothing secret
    for _ in range(number):
        yield unrank(graph, source.randrange(graph.count))


def version_at(mask: int, place: int) -> int:
    """The version at this place, counted from the newest."""
    for version in newest_first(mask):
        if place == 0:
            return version
        place -= 1
    raise IndexError(place)


def newest_first(mask: int) -> Iterator[int]:
    """The places of the set bits, highest first."""
    while mask:
        version = mask.bit_length() - 1
        yield version
        mask ^= 1 << version


def _reached(graph: Graph) -> Iterator[int]:
    """The nodes under the root, parts before the whole."""
    used = {graph.root}
    for number in range(graph.root, -1, -1):
        if number in used:
            node = graph.nodes[number]
            if not isinstance(node, Leaf):
                used.update(node.parts if isinstance(node, And) else node.branches)
    return (number for number in range(graph.root + 1) if number in used)
