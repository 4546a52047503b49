"""The stack that scores highest, again and again, while few scores change: the greedy step."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from dependency_monkey.flat import flatten
from dependency_monkey.graph import Graph
from dependency_monkey.native import walks
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe

#: What is not scored is taken as new as can be; all of it together weighs less than one point.
_NEWNESS = 1e-6


class Widest:
    """Finds best stacks of one graph; between two stacks of the same score it takes newer versions."""

    def __init__(self, universe: Universe, graph: Graph) -> None:
        self._flat = flatten(graph, universe)
        most = len(universe.packages)
        self._newness = array(
            "d",
            (
                _NEWNESS * (version + 1) / len(package.versions) / most
                for package in universe.packages
                for version in range(len(package.versions))
            ),
        )

    def best(self, scores: Mapping[tuple[int, int], float]) -> Choice:
        """A stack than which none scores higher."""
        values = array("d", self._newness)
        for (package, version), score in scores.items():
            values[self._flat.offsets[package] + version] += score
        flat = self._flat
        _, versions = walks.best(flat.nodes, flat.edges, flat.versions, flat.root, values)
        chosen = array("i")
        chosen.frombytes(versions)
        return self._flat.choice(chosen)
