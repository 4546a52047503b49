from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from dependency_monkey.compilation import compile_universe
from dependency_monkey.cover import Cover, cover
from dependency_monkey.graph import Graph
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Package, Requirement, Universe
from tests.support.random_universes import Case, case, independent, satisfiable

Elements = set[tuple[tuple[int, int], ...]]

#: Seeds of spaces whose best cover takes a search, by the strength.
HARD = {
    1: (161, 310, 407, 793, 1041, 1306),
    2: (565, 955, 1010, 1209, 1213, 1722, 1887, 2437),
}


def hard(strength: int) -> list[tuple[Case, Graph]]:
    found = [case(seed) for seed in HARD[strength]]
    return [(one, one.graph) for one in found if one.graph is not None]


def elements_of(stack: Choice, strength: int, universe: Universe) -> Elements:
    if strength == 1:
        return {(one,) for one in stack.items()}
    direct = sorted({root.package for root in universe.roots})
    versions = [(package, stack[package]) for package in direct]
    return {(one,) for one in versions} if len(direct) == 1 else set(combinations(versions, 2))


def fewest(stacks: list[Choice], strength: int, universe: Universe) -> tuple[int, int]:
    """By an integer program with a variable for each stack: how many are needed, of how many elements."""
    contained = [elements_of(stack, strength, universe) for stack in stacks]
    elements = sorted(set().union(*contained))
    if not elements:
        return 0, 0
    matrix = np.array([[element in one for one in contained] for element in elements], dtype=float)
    solved = milp(
        np.ones(len(stacks)),
        constraints=LinearConstraint(matrix, 1, np.inf),
        integrality=np.ones(len(stacks)),
        bounds=Bounds(0, 1),
    )
    return round(solved.fun), len(elements)


def covered(found: Cover, universe: Universe) -> Elements:
    return set().union(*(elements_of(one, found.strength, universe) for one in found.stacks))


@pytest.mark.parametrize("strength", [1, 2])
def test_the_cover_of_a_small_space_is_as_small_as_that_of_an_integer_program(
    strength: int,
) -> None:
    several = 0
    for one, graph in [*satisfiable(100), *hard(strength)]:
        found = cover(one.universe, graph, strength)
        least, elements = fewest(one.stacks, strength, one.universe)
        assert found.elements == elements, f"seed {one.seed}"
        assert (found.size, found.lower_bound) == (least, least), f"seed {one.seed}"
        assert found.proven
        assert found.gap == 0
        assert all(stack in one.stacks for stack in found.stacks)
        assert len(covered(found, one.universe)) == elements
        several += least > 2
    assert several > 30


def test_without_time_the_cover_is_whole_and_its_bound_honest() -> None:
    for strength in (1, 2):
        wide = 0
        for one, graph in [*satisfiable(20), *hard(strength)]:
            found = cover(one.universe, graph, strength, seconds=0)
            least, elements = fewest(one.stacks, strength, one.universe)
            assert len(covered(found, one.universe)) == elements
            assert found.lower_bound <= least <= found.size
            assert found.gap == found.size - found.lower_bound
            wide += found.gap > 0
        assert wide  # and it is said


def test_independent_packages_need_as_many_stacks_as_the_largest_has_versions() -> None:
    universe = independent([3, 50, 7, 20])
    graph = compile_universe(universe)
    assert graph is not None
    found = cover(universe, graph, 1)
    assert (found.size, found.lower_bound, found.elements) == (50, 50, 80)
    pairs = cover(universe, graph, 2, seconds=5)
    assert pairs.elements == 3 * 50 + 3 * 7 + 3 * 20 + 50 * 7 + 50 * 20 + 7 * 20
    assert pairs.lower_bound == 50 * 20
    assert pairs.size <= 1.15 * 50 * 20


def test_versions_that_exclude_each_other_need_more_stacks_than_any_package_has_versions() -> None:
    """a 1 brings x and a 2 brings y, each with three versions: three stacks with each, not three in all."""
    universe = Universe(
        (
            Package("a", ("1", "2"), (((Requirement(1, 7),), (Requirement(2, 7),)),)),
            Package("x", ("1", "2", "3"), (((), (), ()),)),
            Package("y", ("1", "2", "3"), (((), (), ()),)),
        ),
        (Requirement(0, 3),),
    )
    graph = compile_universe(universe)
    assert graph is not None
    found = cover(universe, graph, 1)
    assert (found.size, found.lower_bound, found.elements) == (6, 6, 8)


def test_what_is_free_is_as_new_as_can_be() -> None:
    universe = Universe(
        (
            Package("a", ("1", "2"), (((Requirement(2, 7),),) * 2,)),
            Package("b", ("1", "2"), (((),) * 2,)),
            Package("c", ("1", "2", "3"), (((),) * 3,)),
        ),
        (Requirement(0, 3), Requirement(1, 3)),
    )
    graph = compile_universe(universe)
    assert graph is not None
    assert [stack[2] for stack in cover(universe, graph, 2).stacks] == [2] * 4


def test_there_is_no_third_strength() -> None:
    universe = independent([1])
    graph = compile_universe(universe)
    assert graph is not None
    with pytest.raises(ValueError, match="1 or 2"):
        cover(universe, graph, 3)
