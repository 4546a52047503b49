"""A compiled space as plain arrays, which is what the walks in C take.

Versions are numbered through all packages, in the order of the universe; those of a leaf stand from
the newest to the oldest, as the order of ranks has it.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from dependency_monkey.graph import And, Graph, Leaf, Or
from dependency_monkey.ranks import newest_first
from dependency_monkey.universe import Universe

LEAF, AND, OR = 0, 1, 2

_WORD = 64


@dataclass(frozen=True)
class FlatGraph:
    """`nodes` holds (kind, first, count) of each node; `edges` parts and branches; `versions` leaves.

    `offsets[p]` is the number of the first version of package p, `packages_of[v]` the package of a
    version.
    """

    graph: Graph
    nodes: array[int]
    edges: array[int]
    versions: array[int]
    root: int
    offsets: tuple[int, ...]
    packages_of: array[int]

    @cached_property
    def words(self) -> int:
        """How many 64-bit words the largest number of ways takes."""
        return max(1, -(-max(self.graph.counts).bit_length() // _WORD))

    @cached_property
    def ends(self) -> array[int]:
        """For the branches of each OR how many ways there are up to and with each.

        Each as `words` words, the least first. Those of an AND are never read; they keep the places of
        edges and ends alike.
        """
        size, counts = self.words * 8, self.graph.counts
        ends: array[int] = array("Q")
        for node in self.graph.nodes:
            if isinstance(node, And):
                ends.frombytes(bytes(size * len(node.parts)))
            elif isinstance(node, Or):
                for end in accumulate(counts[branch] for branch in node.branches):
                    ends.frombytes(end.to_bytes(size, "little"))
        if sys.byteorder == "big":
            ends.byteswap()
        return ends

    def choice(self, versions: Sequence[int]) -> dict[int, int]:
        """Numbers of versions as package -> version."""
        return {
            package: version - self.offsets[package]
            for version in versions
            for package in (self.packages_of[version],)
        }


def flatten(graph: Graph, universe: Universe) -> FlatGraph:
    """The arrays of a graph."""
    sizes = [len(package.versions) for package in universe.packages]
    offsets = (0, *accumulate(sizes))
    nodes, edges, versions = array("i"), array("i"), array("i")
    for node in graph.nodes:
        if isinstance(node, Leaf):
            first, offset = len(versions), offsets[node.package]
            versions.extend(offset + version for version in newest_first(node.mask))
            nodes.extend((LEAF, first, len(versions) - first))
            continue
        children = node.parts if isinstance(node, And) else node.branches
        nodes.extend((AND if isinstance(node, And) else OR, len(edges), len(children)))
        edges.extend(children)
    packages_of = array("i", (p for p, size in enumerate(sizes) for _ in range(size)))
    return FlatGraph(graph, nodes, edges, versions, graph.root, offsets[:-1], packages_of)
