"""The walks in C give the answers of the reference, and refuse what they cannot walk."""

from __future__ import annotations

import random
import threading
from array import array
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependency_monkey.compilation import compile_universe
from dependency_monkey.flat import AND, LEAF, OR, FlatGraph, flatten
from dependency_monkey.graph import Graph
from dependency_monkey.native import reference
from dependency_monkey.ranks import path_to
from dependency_monkey.universe import Package, Requirement, Universe
from tests.support.random_universes import independent, satisfiable

walk = pytest.importorskip(
    "dependency_monkey.native._walk", reason="the walks were built without a C compiler"
)

Spaces = list[tuple[Universe, Graph]]


def large() -> tuple[Universe, Graph]:
    """7^40 stacks or so: the head has versions that admit much, less and little of the others."""
    others = independent([7] * 40)
    rows = tuple(
        tuple(Requirement(one, mask if one < narrowed else 0b1111111) for one in range(present))
        for present, narrowed, mask in ((40, 0, 0), (40, 1, 0b0011100), (39, 3, 0b1110000))
    )
    head = Package("head", ("1.0", "2.0", "3.0"), (rows,))
    universe = Universe((*others.packages, head), (Requirement(40, 0b111),))
    graph = compile_universe(universe)
    assert graph is not None
    assert graph.count == 7**40 + 3 * 7**39 + 3**3 * 7**36
    return universe, graph


def spaces() -> Spaces:
    return [(case.universe, graph) for case, graph in satisfiable()] + [large()]


def whole(flat: FlatGraph, seed: int) -> array[int]:
    source = random.Random(seed)
    return array("q", (source.randrange(-(2**63), 2**63) for _ in flat.packages_of))


def arrays(flat: FlatGraph) -> tuple[array[int], array[int], array[int], int]:
    return flat.nodes, flat.edges, flat.versions, flat.root


def test_it_enumerates_and_scores_as_the_reference_does() -> None:
    for seed, (universe, graph) in enumerate(spaces()):
        flat = flatten(graph, universe)
        scores = whole(flat, seed)
        for start in {0, graph.count // 3, graph.count - 1}:
            for limit in (1, 7, 500):
                asked = (*arrays(flat), scores, path_to(graph, start), limit)
                assert walk.enumerate(*asked) == reference.enumerate(*asked), seed


def test_it_samples_as_the_reference_does() -> None:
    for seed, (universe, graph) in enumerate(spaces()):
        flat = flatten(graph, universe)
        state = random.Random(seed).randbytes(32)
        number, packages = 20, len(universe.packages)
        asked = (flat.ends, flat.words, number, state, flat.packages_of, packages)
        assert walk.sample(*arrays(flat), *asked) == reference.sample(*arrays(flat), *asked), seed


def test_it_finds_the_best_as_the_reference_does() -> None:
    for seed, (universe, graph) in enumerate(spaces()):
        flat = flatten(graph, universe)
        for step in (1.0, 0.25, 1e300):  # few values, so that there are ties
            source = random.Random(seed)
            scores = array("d", (step * source.randint(-3, 3) for _ in flat.packages_of))
            assert walk.best(*arrays(flat), scores) == reference.best(*arrays(flat), scores), seed


def test_a_part_of_a_path_and_a_wrong_one_lead_somewhere() -> None:
    universe, graph = large()
    flat = flatten(graph, universe)
    for path in (array("i"), array("i", [1]), array("i", [-5, 99, 2**31 - 1] * 50)):
        assert walk.enumerate(*arrays(flat), whole(flat, 1), path, 10)[0] == 10


def leaf_and(*more: int) -> tuple[array[int], array[int], array[int]]:
    return array("i", [LEAF, 0, 1, *more]), array("i", [0, 0]), array("i", [0])


DEEP = 9000
FAULTY: dict[str, tuple[tuple[array[int], array[int], array[int]], int, str]] = {
    "no node": ((array("i"), array("i"), array("i")), 0, "the root is no node"),
    "root": (leaf_and(), 1, "the root is no node"),
    "root below zero": (leaf_and(), -1, "the root is no node"),
    "half a node": ((array("i", [0, 0]), array("i"), array("i", [0])), 0, "no whole number"),
    "kind": (leaf_and(3, 0, 1), 1, "of no known kind"),
    "outside": (leaf_and(AND, 1, 2), 1, "outside of its array"),
    "far outside": (leaf_and(AND, 2**31 - 1, 2**31 - 1), 1, "outside of its array"),
    "empty": (leaf_and(OR, 0, 0), 1, "outside of its array"),
    "before": (leaf_and(OR, -1, 1), 1, "outside of its array"),
    "of itself": ((array("i", [OR, 0, 1]), array("i", [0]), array("i")), 0, "of itself"),
    "of nothing": ((array("i", [OR, 0, 1]), array("i", [-1]), array("i")), 0, "of itself"),
    "version": ((array("i", [LEAF, 0, 1]), array("i"), array("i", [-1])), 0, "has no number"),
    "deep": (
        (
            array("i", [LEAF, 0, 1] + [n for one in range(DEEP) for n in (OR, one, 1)]),
            array("i", range(DEEP)),
            array("i", [0]),
        ),
        DEEP,
        "too deep",
    ),
    "deep by doubling": (
        (
            array("i", [LEAF, 0, 1] + [n for one in range(40) for n in (AND, 2 * one, 2)]),
            array("i", [one for one in range(40) for _ in range(2)]),
            array("i", [0]),
        ),
        40,
        "too deep",
    ),
}

SCORES = array("q", [1, 2])
CALLS: dict[str, Callable[..., Any]] = {
    "enumerate": lambda *graph: walk.enumerate(*graph, SCORES, array("i"), 5),
    "best": lambda *graph: walk.best(*graph, array("d", [1.0, 2.0])),
    "sample": lambda *graph: walk.sample(
        *graph, array("Q", [1, 2]), 1, 3, bytes(32), array("i", [0, 0]), 1
    ),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FAULTY)
def test_a_graph_that_is_none_is_refused(call: str, fault: str) -> None:
    graph, root, message = FAULTY[fault]
    with pytest.raises(ValueError, match=message):
        CALLS[call](*graph, root)


def test_arrays_that_do_not_fit_the_graph_are_refused() -> None:
    graph = (*leaf_and(OR, 0, 2), 1)
    ends, state, packages = array("Q", [1, 2]), bytes(32), array("i", [0])
    with pytest.raises(ValueError, match="has no score"):
        walk.enumerate(*graph, array("q"), array("i"), 5)
    with pytest.raises(ValueError, match="has no score"):
        walk.best(*graph, array("d"))
    for wrong in (
        (array("Q", [1]), 1, 3, state, packages, 1),
        (ends, 0, 3, state, packages, 1),
        (ends, 2**31 - 1, 3, state, packages, 1),
        (ends, 1, -1, state, packages, 1),
        (ends, 1, 3, bytes(16), packages, 1),
        (ends, 1, 3, state, array("i"), 1),
        (ends, 1, 3, state, packages, 0),
    ):
        with pytest.raises(ValueError, match="do not fit"):
            walk.sample(*graph, *wrong)
    for package in (-1, 1):
        with pytest.raises(ValueError, match="belongs to no package"):
            walk.sample(*graph, ends, 1, 3, state, array("i", [package]), 1)
    for wrong_ends in ([0, 0], [0, 2], [2, 1], [2, 2]):
        with pytest.raises(ValueError, match="has no way down"):
            walk.sample(*graph, array("Q", wrong_ends), 1, 3, state, packages, 1)
    with pytest.raises(MemoryError):
        walk.sample(*graph, ends, 1, 2**62, state, packages, 1)
    with pytest.raises(ValueError, match="does not begin at a whole word"):
        walk.best(*graph, memoryview(bytes(17))[1:])
    with pytest.raises(TypeError):
        walk.best(*graph, 5)


def test_a_deep_walk_fits_in_a_thread() -> None:
    deep = 7900
    nodes = array("i", [LEAF, 0, 1] + [n for one in range(deep) for n in (OR, one, 1)])
    edges, versions = array("i", range(deep)), array("i", [0])
    found: list[Any] = []

    def run() -> None:
        graph = (nodes, edges, versions, deep)
        found.append(walk.enumerate(*graph, SCORES, array("i"), 5))
        found.append(walk.best(*graph, array("d", [1.0])))

    threading.stack_size(4 * 1024 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(0)
    assert found == [(1, 1, 1, 1), (1.0, bytes(4))]


NUMBERS = st.integers(-2, 8)


@given(
    nodes=st.lists(st.tuples(st.integers(-1, 3), NUMBERS, NUMBERS), max_size=8),
    edges=st.lists(NUMBERS, max_size=8),
    versions=st.lists(NUMBERS, max_size=8),
    root=NUMBERS,
    ends=st.lists(st.integers(0, 3), max_size=16),
    words=st.integers(0, 3),
    packages_of=st.lists(NUMBERS, max_size=9),
)
def test_whatever_the_arrays_hold_it_answers_or_refuses(
    nodes: list[tuple[int, int, int]],
    edges: list[int],
    versions: list[int],
    root: int,
    ends: list[int],
    words: int,
    packages_of: list[int],
) -> None:
    graph = (
        array("i", [number for node in nodes for number in node]),
        array("i", edges),
        array("i", versions),
        root,
    )
    calls: tuple[Callable[[], object], ...] = (
        lambda: walk.enumerate(*graph, array("q", range(9)), array("i", edges), 50),
        lambda: walk.best(*graph, array("d", range(9))),
        lambda: walk.sample(
            *graph, array("Q", ends), words, 5, bytes(range(32)), array("i", packages_of), 6
        ),
    )
    for call in calls:
        try:
            call()
        except ValueError:
            continue
