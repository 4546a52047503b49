from __future__ import annotations

from dependency_monkey.compilation import compile_universe
from dependency_monkey.flat import AND, LEAF, OR, flatten
from dependency_monkey.graph import And, Graph, Leaf, Or, counts_of
from dependency_monkey.universe import Package, Requirement, Universe
from tests.support.random_universes import independent

NODES = (Leaf(0, 0b101), Leaf(1, 0b11), And((0, 1)), Leaf(1, 0b10), Or((2, 3)))
GRAPH = Graph(NODES, 4, counts_of(NODES))
PACKAGES = independent([3, 2]).packages


def test_nodes_point_into_edges_and_versions() -> None:
    flat = flatten(GRAPH, Universe(PACKAGES, ()))
    nodes = [tuple(flat.nodes[place : place + 3]) for place in range(0, 15, 3)]
    assert nodes == [(LEAF, 0, 2), (LEAF, 2, 2), (AND, 0, 2), (LEAF, 4, 1), (OR, 2, 2)]
    assert list(flat.edges) == [0, 1, 2, 3]
    assert list(flat.versions) == [2, 0, 4, 3, 4]  # newest first, numbered through all packages
    assert list(flat.packages_of) == [0, 0, 0, 1, 1]
    assert flat.root == 4


def test_ends_cumulate_the_ways_of_the_branches() -> None:
    flat = flatten(GRAPH, Universe(PACKAGES, ()))
    assert flat.words == 1
    assert list(flat.ends)[2:] == [4, 5]


def test_ends_have_as_many_words_as_the_count() -> None:
    """Two versions of the head: one with 2^140 ways, one with a single way."""
    tail = independent([2] * 140)
    everything = tuple(Requirement(one, 0b11) for one in range(140))
    oldest = tuple(Requirement(one, 0b01) for one in range(140))
    head = Package("head", ("1.0", "2.0"), ((everything, oldest),))
    universe = Universe((*tail.packages, head), (Requirement(140, 0b11),))
    graph = compile_universe(universe)
    assert graph is not None
    assert graph.count == 2**140 + 1
    flat = flatten(graph, universe)
    assert flat.words == 3
    ends = [tuple(flat.ends[place : place + 3]) for place in range(0, len(flat.ends), 3)]
    assert ends[-2:] in ([(0, 0, 4096), (1, 0, 4096)], [(1, 0, 0), (1, 0, 4096)])


def test_numbers_of_versions_name_package_and_version() -> None:
    flat = flatten(GRAPH, Universe(PACKAGES, ()))
    assert flat.choice([2, 4]) == {0: 2, 1: 1}
