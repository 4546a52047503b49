from __future__ import annotations

from itertools import combinations

from dependency_monkey.cover_pairs import (
    least_for_pairs,
    pairs_of,
    projections,
    reachable,
    with_every_pair,
)
from tests.support.random_universes import frozen, satisfiable


def test_what_goes_together_is_what_stacks_have_together() -> None:
    for one, graph in satisfiable(80):
        packages = sorted(set.intersection(*(set(stack) for stack in one.stacks)))
        expected = {
            pair
            for stack in one.stacks
            for pair in combinations([(package, stack[package]) for package in packages], 2)
        }
        if len(packages) > 1:
            assert pairs_of(graph, packages) == expected, f"seed {one.seed}"


def test_a_fixed_package_says_what_can_be_beside_it() -> None:
    for one, graph in satisfiable(80):
        packages = sorted({package for stack in one.stacks for package in stack})
        fixed = {packages[0]: 1}
        beside: dict[int, int] = {}
        for stack in one.stacks:
            if stack.get(packages[0], 0) == 0:  # without the package nothing is fixed
                for package, version in stack.items():
                    beside[package] = beside.get(package, 0) | 1 << version
        assert reachable(graph, fixed) == beside, f"seed {one.seed}"


def test_of_one_direct_dependency_the_versions_are_covered() -> None:
    for one, graph in satisfiable(80):
        root = one.universe.roots[0].package
        expected = {((root, stack[root]),) for stack in one.stacks}
        assert pairs_of(graph, [root]) == expected
        assert least_for_pairs(expected) == len(expected)
        assert len(with_every_pair(one.universe, graph, [root], expected)) == len(expected)


def test_projections_are_what_is_left_of_the_stacks() -> None:
    for one, graph in satisfiable(80):
        direct = sorted({root.package for root in one.universe.roots})
        expected = {tuple((package, stack[package]) for package in direct) for stack in one.stacks}
        found = projections(graph, direct, 1000)
        assert found is not None
        assert frozen(found) == sorted(expected)
        assert projections(graph, direct, len(expected) - 1) is None
