"""The compiled space: an AND/OR graph in which every valid stack is exactly one way down.

A decision-DNNF: the branches of an OR exclude each other, the parts of an AND have no package in
common. So numbers multiply at an AND and add at an OR, and one pass over the graph counts, however
many stacks there are. Source: A. Darwiche, *Decomposable Negation Normal Form* (2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True, slots=True)
class Leaf:
    """One package at any of the versions of the mask; nothing else depends on which."""

    package: int
    mask: int


@dataclass(frozen=True, slots=True)
class And:
    """Every part, independently of each other."""

    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Exactly one of the branches."""

    branches: tuple[int, ...]


Node = Leaf | And | Or


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by number; parts and branches have smaller numbers than the node they belong to."""

    nodes: tuple[Node, ...]
    root: int
    counts: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of valid stacks, exactly."""
        return self.counts[self.root]


def counts_of(nodes: Sequence[Node]) -> tuple[int, ...]:
    """For each node the number of ways down from it."""
    counts: list[int] = []
    for node in nodes:
        if isinstance(node, Leaf):
            counts.append(node.mask.bit_count())
        elif isinstance(node, And):
            counts.append(prod(counts[part] for part in node.parts))
        else:
            counts.append(sum(counts[branch] for branch in node.branches))
    return tuple(counts)


def depth_of(graph: Graph) -> int:
    """How many nodes lie below each other at most."""
    depths: list[int] = []
    for node in graph.nodes:
        if isinstance(node, Leaf):
            depths.append(1)
        else:
            children = node.parts if isinstance(node, And) else node.branches
            depths.append(1 + max(depths[child] for child in children))
    return depths[graph.root]
