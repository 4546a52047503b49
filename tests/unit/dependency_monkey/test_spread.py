from __future__ import annotations

from collections import Counter

from scipy.stats import chisquare

from dependency_monkey.compilation import compile_universe
from dependency_monkey.newest import Newest
from dependency_monkey.spread import Spread
from dependency_monkey.universe import Package, Requirement, Universe
from tests.support.random_universes import satisfiable


def spread_of(universe: Universe) -> Spread:
    graph = compile_universe(universe)
    assert graph is not None
    named = [root.package for root in universe.roots]
    return Spread(Newest(universe, graph, lambda _, version: version, named))


def lopsided() -> Universe:
    """`first` has four versions; the oldest needs ten packages of ten versions, and forbids second 1."""
    many = tuple(Requirement(number, 1023) for number in range(2, 12))
    first = ((*many, Requirement(1, 1)), (), (), ())
    rest = tuple(
        Package(f"more-{n}", tuple(f"{v}.0" for v in range(10)), (((),) * 10,)) for n in range(10)
    )
    return Universe(
        (
            Package("first", ("1.0", "2.0", "3.0", "4.0"), (first,)),
            Package("second", ("1.0", "2.0"), (((),) * 2,)),
            *rest,
        ),
        (Requirement(0, 15), Requirement(1, 3)),
    )


def test_each_version_that_was_named_is_as_likely_however_many_stacks_have_it() -> None:
    drawn = list(spread_of(lopsided()).draw(2000, seed=11))
    counts = Counter(one[0] for one in drawn)
    assert chisquare([counts[version] for version in range(4)]).pvalue > 1e-4
    of_second = Counter(one[1] for one in drawn if one[0])
    assert chisquare(list(of_second.values())).pvalue > 1e-4
    oldest = [one for one in drawn if not one[0]]
    assert {tuple(sorted(one.items())) for one in oldest} == {
        ((0, 0), (1, 0), *((number, 9) for number in range(2, 12)))
    }


def test_what_is_drawn_is_valid_and_every_named_combination_comes() -> None:
    for case, _ in satisfiable(40):
        named = list(dict.fromkeys(root.package for root in case.universe.roots))
        drawn = list(spread_of(case.universe).draw(400, seed=case.seed))
        assert all(one in case.stacks for one in drawn), case.seed
        wanted = {tuple(stack[one] for one in named) for stack in case.stacks}
        assert {tuple(stack[one] for one in named) for stack in drawn} == wanted, case.seed


def test_a_larger_draw_begins_with_the_smaller_one() -> None:
    universe = lopsided()
    first = list(spread_of(universe).draw(20, seed=5))
    assert list(spread_of(universe).draw(60, seed=5))[:20] == first
    assert list(spread_of(universe).draw(20, seed=6)) != first
