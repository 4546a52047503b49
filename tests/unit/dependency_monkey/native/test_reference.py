from __future__ import annotations

import random
from array import array
from collections import Counter

from scipy.stats import chisquare

from dependency_monkey.flat import FlatGraph, flatten
from dependency_monkey.native import reference
from dependency_monkey.ranks import enumerate_from, path_to, rank_of
from tests.support.random_universes import Case, satisfiable

MODULO = 1 << 64


def scores_of(flat: FlatGraph, seed: int, largest: int = 1000) -> array[int]:
    """Each version another score, so that no two of them can be mistaken for each other."""
    numbers = range(-largest, largest)
    return array("q", random.Random(seed).sample(numbers, len(flat.packages_of)))


def flat_of(case: Case) -> FlatGraph:
    assert case.graph is not None
    return flatten(case.graph, case.universe)


def test_every_score_enters_the_checksum_in_the_order_of_ranks() -> None:
    for case, graph in satisfiable():
        flat = flat_of(case)
        scores = scores_of(flat, case.seed)
        totals = [
            sum(scores[flat.offsets[package] + version] for package, version in choice.items())
            for choice in enumerate_from(graph)
        ]
        start = case.seed % len(totals)
        kept = totals[start : start + 5]
        checksum = 0
        for total in kept:
            checksum = (checksum * reference.MULTIPLIER + total) % MODULO
        found = reference.enumerate(
            flat.nodes, flat.edges, flat.versions, flat.root, scores, path_to(graph, start), 5
        )
        assert found == (len(kept), checksum, max(kept), min(kept)), case.seed


def test_scores_wrap_around_as_those_of_the_machine() -> None:
    """Two parts of one version each, whose scores add up to 2^63."""
    nodes = array("i", [reference.LEAF, 0, 1, reference.LEAF, 1, 1, reference.AND, 0, 2])
    found = reference.enumerate(
        nodes, array("i", [0, 1]), array("i", [0, 1]), 2, array("q", [2**62] * 2), array("i"), 9
    )
    assert found == (1, 2**63, -(2**63), -(2**63))


def test_nothing_is_scored_where_nothing_is_wanted() -> None:
    case, _ = satisfiable(1)[0]
    flat = flat_of(case)
    scores = scores_of(flat, 0)
    found = reference.enumerate(
        flat.nodes, flat.edges, flat.versions, flat.root, scores, array("i"), 0
    )
    assert found == (0, 0, -(2**63), 2**63 - 1)


def test_samples_are_uniform() -> None:
    case, graph = next(one for one in satisfiable() if 20 <= len(one[0].stacks) <= 60)
    flat = flat_of(case)
    number, packages = 4000, len(case.universe.packages)
    drawn = array("i")
    drawn.frombytes(
        reference.sample(
            flat.nodes,
            flat.edges,
            flat.versions,
            flat.root,
            flat.ends,
            flat.words,
            number,
            bytes(range(32)),
            flat.packages_of,
            packages,
        )
    )
    rows = [drawn[place : place + packages] for place in range(0, len(drawn), packages)]
    ranks = Counter(rank_of(graph, flat.choice([one for one in row if one >= 0])) for row in rows)
    assert None not in ranks
    assert chisquare([ranks[rank] for rank in range(graph.count)]).pvalue > 1e-3


def test_the_generator_is_xoshiro() -> None:
    """The first numbers for the state 1, 2, 3, 4, worked out by hand from the published steps."""
    source = reference._source(b"".join(one.to_bytes(8, "little") for one in (1, 2, 3, 4)))
    assert [next(source) for _ in range(3)] == [11520, 0, 1509978240]


def test_the_best_is_that_of_brute_force() -> None:
    for case, _ in satisfiable():
        flat = flat_of(case)
        scores = array("d", map(float, scores_of(flat, case.seed)))
        best, versions = reference.best(flat.nodes, flat.edges, flat.versions, flat.root, scores)
        assert best == max(
            sum(scores[flat.offsets[one] + version] for one, version in stack.items())
            for stack in case.stacks
        ), case.seed
        assert sum(scores[version] for version in array("i", versions)) == best, case.seed
