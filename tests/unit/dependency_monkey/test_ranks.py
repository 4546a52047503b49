from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from scipy.stats import chisquare

from dependency_monkey.compilation import compile_universe
from dependency_monkey.ranks import enumerate_from, path_to, rank_of, sample, unrank, version_at
from tests.support.random_universes import frozen, independent, satisfiable


def test_ranks_count_through_every_stack_once() -> None:
    for case, graph in satisfiable():
        stacks = [dict(choice) for choice in enumerate_from(graph)]
        assert [rank_of(graph, stack) for stack in stacks] == list(range(graph.count)), case.seed
        assert [unrank(graph, rank) for rank in range(graph.count)] == stacks, case.seed
        assert frozen(stacks) == frozen(case.stacks), case.seed


def test_enumeration_goes_on_from_any_rank() -> None:
    for case, graph in satisfiable(30):
        stacks = [dict(choice) for choice in enumerate_from(graph)]
        for rank in range(graph.count):
            from_there = [dict(choice) for choice in enumerate_from(graph, rank)]
            assert from_there == stacks[rank:], case.seed


def test_what_is_no_stack_has_no_rank() -> None:
    for case, graph in satisfiable():
        stack = dict(case.stacks[0])
        package, version = next(iter(stack.items()))
        assert rank_of(graph, {**stack, 99: 0}) is None
        assert rank_of(graph, {**stack, package: 63}) is None
        fewer = {key: value for key, value in stack.items() if key != package}
        expected = fewer in case.stacks
        assert (rank_of(graph, fewer) is not None) == expected, (case.seed, version)
    assert rank_of(graph, {}) is None


def test_ranks_beyond_64_bits() -> None:
    graph = compile_universe(independent([7] * 60))
    assert graph is not None
    assert graph.count == 7**60
    for rank in (0, 1, 2**64, 7**59 + 5, graph.count - 1):
        assert rank_of(graph, unrank(graph, rank)) == rank
    near = [dict(choice) for choice in islice(enumerate_from(graph, 2**100), 20)]
    assert near == [unrank(graph, rank) for rank in range(2**100, 2**100 + 20)]


def test_a_deep_space_needs_no_deep_recursion() -> None:
    graph = compile_universe(independent([2] * 3000))
    assert graph is not None
    stacks = [dict(choice) for choice in islice(enumerate_from(graph, 1), 3)]
    assert [rank_of(graph, stack) for stack in stacks] == [1, 2, 3]


def test_a_rank_outside_is_refused() -> None:
    _, graph = satisfiable(1)[0]
    for rank in (-1, graph.count):
        with pytest.raises(IndexError, match=f"rank {rank} is not from 0 to"):
            unrank(graph, rank)


def test_the_newest_version_comes_first() -> None:
    assert [version_at(0b10110, place) for place in range(3)] == [4, 2, 1]
    with pytest.raises(IndexError):
        version_at(0b1, 1)


def test_a_path_has_a_place_for_each_choice() -> None:
    graph = compile_universe(independent([3, 5]))
    assert graph is not None
    assert [list(path_to(graph, rank)) for rank in (0, 1, 14)] == [[0, 0], [0, 1], [2, 4]]


def test_samples_are_uniform() -> None:
    case, graph = next(one for one in satisfiable() if 8 <= len(one[0].stacks) <= 40)
    drawn = Counter(rank_of(graph, one) for one in sample(graph, 4000, seed=1))
    observed = [drawn[rank] for rank in range(graph.count)]
    assert chisquare(observed).pvalue > 1e-3, case.seed
    assert list(sample(graph, 5, seed=1)) == list(sample(graph, 5, seed=1))
