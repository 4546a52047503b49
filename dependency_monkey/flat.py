"""A compiled space as plain arrays, which is what the walks in C take.

Versions are numbered through all packages, in the order of the universe; those of a leaf stand from
the newest to the oldest, as the order of ranks has it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from dependency_monkey.graph import And, Graph, Leaf
from dependency_monkey.universe import Universe

LEAF, AND, OR = 0, 1, 2

_WORD = 64


@dataclass(frozen=True)
class FlatGraph:
    """`nodes` holds (kind, first, count) of each node; `edges` parts and branches; `versions` leaves.

    `offsets[p]` is the number of the first version of package p, `packages_of[v]` the package of a
    version. `ends` holds, for the branches of each OR, how many ways there are up to and with each,
    as `words` 64-bit words, the least first.
    """

    nodes: array[int]
    edges: array[int]
    versions: array[int]
    root: int
    offsets: tuple[int, ...]
    packages_of: array[int]
    ends: array[int]
    words: int

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
    words = max(1, -(-max(graph.counts).bit_length() // _WORD))
    ends: array[int] = array("Q")
    for node in graph.nodes:
        if isinstance(node, Leaf):
            newest_first = [
                offsets[node.package] + version
                for version in range(node.mask.bit_length() - 1, -1, -1)
                if node.mask >> version & 1
            ]
            nodes.extend((LEAF, len(versions), len(newest_first)))
            versions.extend(newest_first)
            continue
        children = node.parts if isinstance(node, And) else node.branches
        nodes.extend((AND if isinstance(node, And) else OR, len(edges), len(children)))
        edges.extend(children)
        for end in accumulate(graph.counts[child] for child in children):
            # those of an AND are never read; they keep the places of edges and ends alike
            ends.extend(_words(end if not isinstance(node, And) else 0, words))
    packages_of = array("i", (p for p, size in enumerate(sizes) for _ in range(size)))
    return FlatGraph(nodes, edges, versions, graph.root, offsets[:-1], packages_of, ends, words)


def _words(number: int, words: int) -> list[int]:
    return [number >> _WORD * word & (1 << _WORD) - 1 for word in range(words)]
