from __future__ import annotations

import random

from dependency_monkey.compilation import compile_universe
from dependency_monkey.conflicts import Conflict, Group, Kind, Plain, parts, smallest_conflict
from dependency_monkey.universe import Package, Requirement, Universe
from tests.support.random_universes import plain_of, random_universe
from tests.support.stack_oracle import every_stack


def is_blocked(source: Plain, groups: tuple[Group, ...]) -> bool:
    """By trying every combination."""
    return not every_stack(plain_of(parts(source, groups)))


def check(source: Plain, found: Conflict, seed: int) -> None:
    assert found.smallest
    assert is_blocked(source, found.groups), f"seed {seed}"
    for index in range(len(found.groups)):
        others = found.groups[:index] + found.groups[index + 1 :]
        assert not is_blocked(source, others), f"seed {seed}: {found.groups[index]}"


def test_every_empty_space_has_a_conflict_that_needs_each_of_its_groups() -> None:
    sizes = []
    for seed in range(400):
        universe = random_universe(random.Random(seed))
        found = smallest_conflict(Plain(universe, {}), seconds=30)
        assert (found is None) == (compile_universe(universe) is not None), f"seed {seed}"
        if found is not None:
            check(Plain(universe, {}), found, seed)
            sizes.append(len(found.groups))
    assert len(sizes) > 30
    assert max(sizes) >= 3


def test_versions_that_are_left_out_are_named_where_they_would_help() -> None:
    blamed = 0
    for seed in range(300):
        source = random.Random(seed)
        universe = random_universe(source)
        hidden = {
            number: source.randint(0, package.all_versions)
            for number, package in enumerate(universe.packages)
        }
        plain = Plain(universe, hidden)
        found = smallest_conflict(plain, seconds=30)
        if found is not None:
            check(plain, found, seed)
            blamed += any(group.kind is Kind.LEFT_OUT for group in found.groups)
    assert blamed > 30


def chain(length: int) -> Universe:
    """package 0 asks for package 1, and so on; the last asks for what the root excludes."""
    packages = [
        Package(f"p{number}", ("1", "2"), (((Requirement(number + 1, 3),),) * 2,))
        for number in range(length)
    ]
    packages[-1] = Package("last", ("1", "2"), (((Requirement(0, 1),),) * 2,))
    return Universe(tuple(packages), (Requirement(0, 2),))


def test_a_long_chain_is_told_from_the_root_on() -> None:
    found = smallest_conflict(Plain(chain(12), {}), seconds=30)
    assert found is not None
    assert [group.kind for group in found.groups] == [Kind.ROOT] + [Kind.REQUIRES] * 12
    assert [group.target for group in found.groups] == [*range(12), 0]


def test_what_must_stay_stays_and_without_it_nothing_is_blocked() -> None:
    universe = Universe(
        (Package("a", ("1", "2"), (((), ()),)),), (Requirement(0, 3), Requirement(0, 1))
    )
    assert smallest_conflict(Plain(universe, {}), seconds=30) is None
    wished = Universe(universe.packages, (*universe.roots, Requirement(0, 2)))
    wish = Group(Kind.ROOT, 2, 0)
    found = smallest_conflict(Plain(wished, {}), seconds=30, kept=[wish])
    assert found is not None
    assert set(found.groups) == {wish, Group(Kind.ROOT, 1, 0)}


def test_without_time_what_is_known_is_true_though_not_the_smallest() -> None:
    universe = Universe((Package("a", ("1",), (((),),)),), (Requirement(0, 0), Requirement(0, 1)))
    found = smallest_conflict(Plain(universe, {}), seconds=0)
    assert found is not None
    assert not found.smallest
    assert len(found.groups) == 2
