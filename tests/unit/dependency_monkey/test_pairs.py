from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from dependency_monkey.compilation import compile_universe
from dependency_monkey.errors import SearchEndedError
from dependency_monkey.optima import best
from dependency_monkey.pairs import Pairs, best_by_solver, best_with_pairs, score_of
from dependency_monkey.universe import BASE, Package, Requirement, Universe
from tests.support.random_universes import cases

Score = Callable[[int, int], float]


def scores(universe: Universe, seed: int, *, whole: bool) -> Score:
    source = random.Random(seed)
    table = {
        (package, version): source.uniform(-9, 9)
        for package, one in enumerate(universe.packages)
        for version in range(len(one.versions))
    }
    return lambda package, version: (
        round(table[package, version]) if whole else table[package, version]
    )


def some_pairs(universe: Universe, seed: int, number: int, *, whole: bool) -> Pairs:
    source = random.Random(seed)
    versions = [
        (package, version)
        for package, one in enumerate(universe.packages)
        for version in range(len(one.versions))
    ]
    drawn = {}
    for _ in range(number):
        term = source.uniform(-9, 9)
        drawn[source.choice(versions), source.choice(versions)] = round(term) if whole else term
    return drawn


@pytest.mark.parametrize("compiled", [True, False])
def test_no_stack_of_any_small_space_is_better_than_the_proven_one(compiled: bool) -> None:
    empty = 0
    for seed, universe, graph, stacks in cases(120):
        if compiled and graph is None:
            continue
        whole = seed % 2 == 0
        score = scores(universe, seed, whole=whole)
        pairs = some_pairs(universe, seed, 12, whole=whole)
        found = best_with_pairs(universe, graph if compiled else None, score, pairs)
        if found is None:
            empty += 1
            assert stacks == []
            continue
        assert found.proven
        assert found.choice in stacks
        reachable = max(score_of(stack, score, pairs) for stack in stacks)
        assert found.score == pytest.approx(reachable, abs=1e-9)
        assert found.bound >= found.score
        assert found.gap <= (0 if whole else 1e-9)
    assert compiled or empty > 10


def test_without_pairs_solver_and_graph_find_the_same() -> None:
    compared = 0
    for seed, universe, graph, _ in cases(120):
        score = scores(universe, seed, whole=False)
        found = best_by_solver(universe, score)
        assert (found is None) == (graph is None)
        if found is not None and graph is not None:
            assert found.score == pytest.approx(best(graph, score).score, abs=1e-9)
            compared += 1
    assert compared >= 60


def circle() -> Universe:
    """a may ask for b; b and c ask for each other, and nobody else asks for c."""
    everything = 1
    return Universe(
        (
            Package("a", ("1", "2"), (((Requirement(1, everything),), ()),)),
            Package("b", ("1",), (((Requirement(2, everything),),),)),
            Package("c", ("1",), (((Requirement(1, everything),),),)),
        ),
        (Requirement(0, 3, BASE),),
    )


def test_packages_that_only_ask_for_each_other_are_in_no_stack() -> None:
    universe = circle()
    wanted = best_by_solver(universe, lambda package, version: 10 if package else 100 * version)
    assert wanted is not None
    assert wanted.choice == {0: 1}  # though b and c together would add 20
    assert wanted.proven


def test_a_pair_with_itself_counts_with_the_version_and_two_versions_of_one_package_never() -> None:
    universe = circle()
    pairs: Pairs = {((0, 0), (0, 0)): 5.0, ((0, 0), (0, 1)): 100.0}
    for graph in (compile_universe(universe), None):
        found = best_with_pairs(universe, graph, lambda _p, _v: 0.0, pairs)
        assert found is not None
        assert (found.choice, found.score, found.gap) == ({0: 0, 1: 0, 2: 0}, 5.0, 0.0)


def test_when_time_is_over_the_bound_is_honest() -> None:
    universe = circle()
    graph = compile_universe(universe)
    pairs: Pairs = {((0, 0), (1, 0)): 7.0, ((0, 1), (1, 0)): 1.0, ((0, 1), (2, 0)): -3.0}
    found = best_with_pairs(universe, graph, lambda _p, v: v, pairs, seconds=0)
    assert found is not None
    assert not found.proven
    assert found.choice == {0: 1}  # the best without pairs
    assert found.bound >= 7.0  # which another stack has


def test_without_a_graph_and_without_time_the_error_says_what_to_do() -> None:
    with pytest.raises(SearchEndedError, match="within 0 s") as caught:
        best_with_pairs(circle(), None, lambda _p, _v: 0.0, {}, seconds=0)
    assert "more time" in (caught.value.hint or "")


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e12])
def test_scores_of_any_size_are_added_as_they_are(size: float) -> None:
    universe = circle()
    graph = compile_universe(universe)
    found = best_with_pairs(universe, graph, lambda _p, _v: size / 3, {((1, 0), (2, 0)): size})
    assert found is not None
    assert found.proven
    assert found.score == pytest.approx(2 * size, rel=1e-12)
    assert found.gap <= 1e-9 * size
