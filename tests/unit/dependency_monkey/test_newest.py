from __future__ import annotations

from itertools import islice

from dependency_monkey.compilation import compile_universe
from dependency_monkey.graph import Graph
from dependency_monkey.newest import Newest
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe
from tests.support.random_universes import Case, chain, independent, satisfiable

PLACES = 10_000


def newest_of(universe: Universe, graph: Graph) -> Newest:
    named = [root.package for root in universe.roots]
    return Newest(universe, graph, lambda _, version: version, named)


def order_of(universe: Universe, stack: Choice) -> list[int]:
    """The packages of a stack in the order in which they are met, written anew for the test."""
    order = list(dict.fromkeys(root.package for root in universe.roots))
    met: set[tuple[int, int]] = set()
    queue = list(universe.roots)
    while queue:
        one = queue.pop(0)
        if one.package not in order:
            order.append(one.package)
        for feature in range(one.features.bit_length()):
            if one.features >> feature & 1 and (one.package, feature) not in met:
                met.add((one.package, feature))
                rows = universe.packages[one.package].requirements
                if feature < len(rows):
                    queue.extend(rows[feature][stack[one.package]])
    return order


def judged(case: Case) -> list[Choice]:
    """All stacks by brute force, the newest first: the first package in which two differ decides."""
    return sorted(
        case.stacks,
        key=lambda stack: [stack[one] for one in order_of(case.universe, stack)],
        reverse=True,
    )


def test_the_newest_is_that_of_brute_force() -> None:
    for case, graph in satisfiable():
        assert newest_of(case.universe, graph).first() == judged(case)[0], case.seed


def test_every_stack_comes_once_and_in_order() -> None:
    for case, graph in satisfiable(60):
        found = list(newest_of(case.universe, graph).walk())
        assert found == judged(case), case.seed


def test_the_first_named_wins_over_all_others_together() -> None:
    universe = chain(40)
    graph = compile_universe(universe)
    assert graph is not None
    assert newest_of(universe, graph).first() == dict.fromkeys(range(40), 1)


def test_the_first_of_very_many_are_found_without_the_others() -> None:
    universe = independent([50] * 40)
    graph = compile_universe(universe)
    assert graph is not None
    found = list(islice(newest_of(universe, graph).walk(), 51))
    assert found[0] == dict.fromkeys(range(40), 49)
    assert found[49] == {**found[0], 39: 0}
    assert found[50] == {**found[0], 38: 48}


def test_what_is_preferred_is_told_from_outside() -> None:
    universe = independent([3, 3])
    graph = compile_universe(universe)
    assert graph is not None
    found = Newest(universe, graph, lambda _, version: version != 2, [0, 1]).first()
    assert set(found.values()) <= {0, 1}
