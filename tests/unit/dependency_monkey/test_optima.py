from __future__ import annotations

import random
from itertools import islice

import pytest

from dependency_monkey.compilation import compile_universe
from dependency_monkey.optima import Score, best, best_first
from dependency_monkey.ranks import rank_of
from tests.support.random_universes import chain, independent, satisfiable


def score_of(seed: int, largest: int = 20) -> Score:
    """Whole numbers, so that sums are exact; few, so that there are ties."""
    return lambda package, version: random.Random(f"{seed}:{package}:{version}").randint(
        -largest, largest
    )


def test_the_best_is_that_of_brute_force() -> None:
    for case, graph in satisfiable():
        score = score_of(case.seed)
        found = best(graph, score)
        assert found.score == max(sum(score(*one) for one in s.items()) for s in case.stacks)
        assert found.score == sum(score(*one) for one in found.choice.items()), case.seed
        assert found.choice in case.stacks, case.seed


@pytest.mark.parametrize("largest", [0, 2, 1000])
def test_best_first_gives_every_stack_from_the_best_down(largest: int) -> None:
    for case, graph in satisfiable(60):
        score = score_of(case.seed, largest)
        found = list(best_first(graph, score))
        scores = sorted((sum(score(*one) for one in s.items()) for s in case.stacks), reverse=True)
        assert [one.score for one in found] == scores, case.seed
        assert len({rank_of(graph, one.choice) for one in found}) == len(case.stacks), case.seed
        assert all(
            one.score == sum(score(*pair) for pair in one.choice.items()) for one in found
        ), case.seed


def test_the_first_of_very_many_are_found_without_the_others() -> None:
    graph = compile_universe(independent([50] * 40))
    assert graph is not None
    found = list(islice(best_first(graph, lambda _, version: float(version)), 42))
    assert [one.score for one in found] == [40 * 49, *[40 * 49 - 1] * 40, 40 * 49 - 2]


def test_a_long_chain_may_recurse_deeper_than_the_limit(low_recursion_limit: None) -> None:
    graph = compile_universe(chain(150))
    assert graph is not None
    found = [one.score for one in islice(best_first(graph, lambda _, version: float(version)), 4)]
    assert found == [150, 149, 148, 147]
