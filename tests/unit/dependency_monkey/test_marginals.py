from __future__ import annotations

import random
from collections import Counter

from scipy.stats import chisquare

from dependency_monkey.compilation import compile_universe
from dependency_monkey.marginals import differences, marginals, nearest
from dependency_monkey.ranks import Choice, sample
from tests.support.random_universes import Case, frozen, independent, satisfiable


def test_marginals_are_those_of_brute_force() -> None:
    for case, graph in satisfiable():
        expected = Counter(pair for stack in case.stacks for pair in stack.items())
        assert marginals(graph) == expected, case.seed


def test_marginals_beyond_64_bits() -> None:
    graph = compile_universe(independent([10] * 40))
    assert graph is not None
    found = marginals(graph)
    assert len(found) == 400
    assert set(found.values()) == {10**39}


def test_samples_contain_each_version_as_often_as_its_marginal_says() -> None:
    case, graph = max(satisfiable(), key=lambda one: len(one[0].stacks))
    number = 3000
    drawn = Counter(pair for stack in sample(graph, number, seed=2) for pair in stack.items())
    for pair, ways in marginals(graph).items():
        share = ways / graph.count
        if share < 1:
            observed = [drawn[pair], number - drawn[pair]]
            expected = [number * share, number * (1 - share)]
            assert chisquare(observed, expected).pvalue > 1e-4, (case.seed, pair)


def given_of(case: Case) -> Choice:
    """A stack with one version changed, one package dropped and one that nobody knows."""
    source = random.Random(case.seed)
    given = dict(source.choice(case.stacks))
    if source.random() < 0.5:
        given.popitem()
    if given and source.random() < 0.5:
        given[source.choice(list(given))] = 63
    if source.random() < 0.5:
        given[99] = 0
    return given


def apart(one: Choice, other: Choice) -> int:
    return sum(one.get(name) != other.get(name) for name in {*one, *other})


def test_differences_are_those_of_brute_force() -> None:
    for case, graph in satisfiable():
        given = given_of(case)
        expected = Counter(apart(stack, given) for stack in case.stacks)
        assert differences(graph, given) == expected, case.seed


def test_the_nearest_are_those_of_brute_force() -> None:
    for case, graph in satisfiable():
        given = given_of(case)
        for most in range(4):
            found = list(nearest(graph, given, most))
            expected = [stack for stack in case.stacks if apart(stack, given) <= most]
            assert frozen(one.choice for one in found) == frozen(expected), case.seed
            distances = [one.score for one in found]
            assert distances == [apart(one.choice, given) for one in found], case.seed
            assert distances == sorted(distances), case.seed
