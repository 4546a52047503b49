"""The newest stack as a person means it: what was named first, in its order, then the rest.

Packages are decided one after another, each for the newest version that some stack still has: first
those that the person named, in the order named, then what these ask for, in the order in which it is
met (breadth first, as `uv` meets it). A final version comes before every pre-release. Each decision
leaves the part of the graph in which all stacks keep to it, so nothing is tried in vain and the first
stack that is found is the first of this order: nothing newer exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dependency_monkey.graph import And, Graph, Leaf, Node, Or
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe, bits

#: The order in which the versions of a package are preferred: the greatest first.
Preference = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Rest:
    """The part of a graph that is still possible: each node is in some stack, the last is the root."""

    nodes: tuple[Node, ...]

    @classmethod
    def of(cls, graph: Graph) -> Rest:
        """Everything that can be reached from the root of a graph."""
        return cls(_reachable(graph.nodes[: graph.root + 1]))

    def versions(self, package: int) -> int:
        """The mask of the versions of a package that some stack here has."""
        found = 0
        for node in self.nodes:
            if isinstance(node, Leaf) and node.package == package:
                found |= node.mask
        return found

    def with_version(self, package: int, version: int) -> Rest:
        """The stacks that have this version; there are some."""
        wanted = 1 << version
        if self.versions(package) == wanted:
            return self
        places: dict[int, int] = {}
        kept: list[Node] = []
        for number, node in enumerate(self.nodes):
            left = _left_of(node, package, wanted, places)
            if left is not None:
                places[number] = len(kept)
                kept.append(left)
        return Rest(_reachable(kept))


def _left_of(node: Node, package: int, wanted: int, places: dict[int, int]) -> Node | None:
    if isinstance(node, Leaf):
        if node.package != package:
            return node
        return Leaf(package, wanted) if node.mask & wanted else None
    if isinstance(node, And):
        if any(part not in places for part in node.parts):
            return None
        return And(tuple(places[part] for part in node.parts))
    branches = tuple(places[branch] for branch in node.branches if branch in places)
    return Or(branches) if branches else None


def _reachable(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes under the last one, numbered anew."""
    used = [False] * len(nodes)
    used[-1] = True
    for number in range(len(nodes) - 1, -1, -1):
        node = nodes[number]
        if used[number] and not isinstance(node, Leaf):
            for below in node.parts if isinstance(node, And) else node.branches:
                used[below] = True
    if all(used):
        return tuple(nodes)
    places: list[int] = []
    kept: list[Node] = []
    for number, node in enumerate(nodes):
        places.append(len(kept))
        if used[number]:
            if isinstance(node, And):
                kept.append(And(tuple(places[one] for one in node.parts)))
            elif isinstance(node, Or):
                kept.append(Or(tuple(places[one] for one in node.branches)))
            else:
                kept.append(node)
    return tuple(kept)


class Newest:
    """Walks over a graph in the order of preference; `named` are what comes first, in order."""

    def __init__(
        self, universe: Universe, graph: Graph, preference: Preference, named: Sequence[int]
    ) -> None:
        self._universe = universe
        self._preference = preference
        self.named = tuple(dict.fromkeys(named))
        self.all = Rest.of(graph)

    def preferred(self, package: int, mask: int) -> list[int]:
        """The versions of a mask, the preferred first."""
        return sorted(
            bits(mask),
            key=lambda version: self._preference(package, version),  # type: ignore[arg-type,return-value]  # any order will do
            reverse=True,
        )

    def first(self, rest: Rest | None = None, chosen: Choice | None = None) -> Choice:
        """The newest stack; where some is `chosen` already, the newest in what that leaves."""
        return next(self._walk(rest or self.all, dict(chosen or {})))

    def walk(self) -> Iterator[Choice]:
        """Every stack, the newest first."""
        return self._walk(self.all, {})

    def _walk(self, rest: Rest, chosen: Choice) -> Iterator[Choice]:
        """Depth first, without recursion: a stack has hundreds of packages."""
        waiting = [iter([(rest, chosen)])]
        while waiting:
            following = next(waiting[-1], None)
            if following is None:
                waiting.pop()
                continue
            rest, chosen = following
            package = self._next(chosen)
            if package is None:
                yield chosen
            else:
                waiting.append(self._decided(package, rest, chosen))

    def _decided(self, package: int, rest: Rest, chosen: Choice) -> Iterator[tuple[Rest, Choice]]:
        for version in self.preferred(package, rest.versions(package)):
            yield rest.with_version(package, version), {**chosen, package: version}

    def _next(self, chosen: Choice) -> int | None:
        """The first package that is asked for and not decided; None where all are."""
        for package in self.named:
            if package not in chosen:
                return package
        features: dict[int, int] = {}
        waiting = list(self._universe.roots)
        for one in waiting:  # it grows meanwhile: breadth first
            if one.package not in chosen:
                return one.package
            new = one.features & ~features.get(one.package, 0)
            if new:
                features[one.package] = features.get(one.package, 0) | new
                waiting.extend(self._universe.required(one.package, chosen[one.package], new))
        return None
