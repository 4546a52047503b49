from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest

from dependency_monkey import space as space_module
from dependency_monkey.compilation import Limits, NotCompiledError
from dependency_monkey.errors import CursorError, EmptySpaceError, RankError, ScoreError
from dependency_monkey.native import reference
from dependency_monkey.space import Space, Stack, Tally
from dependency_monkey.universe import Requirement, Universe
from tests.support.random_universes import Case, crawled_of, independent, satisfiable

SMALL = Universe(independent([3, 2]).packages, independent([3, 2]).roots)
EMPTY = Universe(SMALL.packages, (*SMALL.roots, Requirement(0, 0)))


def space_of(universe: Universe, seen: str = "") -> Space:
    return Space.compile(crawled_of(universe, seen))


def named(case: Case) -> list[Stack]:
    packages = case.universe.packages
    return [
        {packages[one].name: packages[one].versions[version] for one, version in stack.items()}
        for stack in case.stacks
    ]


def scores_of(case: Case) -> dict[str, dict[str, int]]:
    source = random.Random(case.seed)
    return {
        package.name: {version: source.randint(-50, 50) for version in package.versions}
        for package in case.universe.packages
    }


def in_order(stacks: object) -> list[list[tuple[str, str]]]:
    return sorted(sorted(stack.items()) for stack in stacks)  # type: ignore[attr-defined]


def test_it_holds_every_stack_by_name() -> None:
    for case, _ in satisfiable():
        space = space_of(case.universe)
        assert space.count == len(case.stacks)
        found = list(space.enumerate())
        assert [rank for rank, _ in found] == list(range(space.count))
        assert in_order(stack for _, stack in found) == in_order(named(case)), case.seed
        for rank, stack in found:
            assert list(stack) == sorted(stack)
            assert (space.rank(stack), space.unrank(rank)) == (rank, stack)
            assert stack in space


def test_marginals_by_name() -> None:
    for case, _ in satisfiable(30):
        expected: dict[str, dict[str, int]] = {}
        for (name, version), number in Counter(p for s in named(case) for p in s.items()).items():
            expected.setdefault(name, {})[version] = number
        assert space_of(case.universe).count_by() == expected, case.seed


def test_best_and_tally_are_those_of_brute_force() -> None:
    for case, _ in satisfiable():
        space, scores = space_of(case.universe), scores_of(case)
        totals = [sum(scores[n][v] for n, v in stack.items()) for _, stack in space.enumerate()]
        best = space.best(scores)
        assert best.score == max(totals)
        assert sum(scores[n][v] for n, v in best.stack.items()) == best.score
        assert best.stack in space
        assert [one.score for one in space.best_first(scores)] == sorted(totals, reverse=True)
        tally = space.enumerate_and_score(scores)
        assert tally == Tally(space.count, tally.checksum, max(totals), min(totals), None)


def test_a_tally_made_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    case, _ = max(satisfiable(), key=lambda one: len(one[0].stacks))
    space, scores = space_of(case.universe), scores_of(case)
    at_once = space.enumerate_and_score(scores)
    first = space.enumerate_and_score(scores, limit=10)
    assert (first.stacks, first.next_rank) == (10, 10)
    second = space.enumerate_and_score(scores, from_rank=space.cursor(10))
    joint = first.checksum * pow(reference.MULTIPLIER, second.stacks, 1 << 64) + second.checksum
    assert joint % (1 << 64) == at_once.checksum
    monkeypatch.setattr(space_module, "_SCORED_AT_ONCE", 7)
    assert space.enumerate_and_score(scores) == at_once


def test_the_walks_in_python_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    case, _ = max(satisfiable(), key=lambda one: len(one[0].stacks))
    space, scores = space_of(case.universe), scores_of(case)

    def answers() -> list[object]:
        drawn = list(space.sample(50, seed=4))
        return [drawn, space.best(scores), space.enumerate_and_score(scores)]

    before = answers()
    monkeypatch.setattr(space_module, "walks", reference)
    assert answers() == before


def test_a_larger_sample_begins_with_the_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space_module, "_SAMPLES_AT_ONCE", 8)
    space = space_of(independent([50] * 20))
    twenty = list(space.sample(20, seed=1))
    assert list(space.sample(13, seed=1)) == twenty[:13]
    assert list(space.sample(20, seed=2)) != twenty
    assert len({tuple(stack.items()) for stack in twenty}) == 20
    assert all(stack in space for stack in twenty)


def test_the_nearest_by_name() -> None:
    space = space_of(SMALL)
    lock = {"package-0": "2", "package-1": "2.0"}
    assert list(space.nearest(lock, 0)) == [(0, {"package-0": "2.0", "package-1": "2.0"})]
    assert [distance for distance, _ in space.nearest(lock, 1)] == [0, 1, 1, 1]
    assert space.differences(lock) == {0: 1, 1: 3, 2: 2}
    assert space.differences({**lock, "nobody": "1"}) == {1: 1, 2: 3, 3: 2}
    assert space.differences({"package-0": "77"}) == {2: 6}


def test_a_cursor_goes_on_where_it_was_made() -> None:
    space = space_of(SMALL)
    stacks = list(space.enumerate())
    assert space.cursor(2).startswith(f"{space.digest}:")
    assert list(space.enumerate(space.cursor(2))) == stacks[2:]
    assert list(space_of(SMALL).enumerate(space.cursor(5))) == stacks[5:]
    assert list(space.enumerate(space.cursor(6))) == []


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (space_of(SMALL, seen="other"), "is for the snapshot"),
        (space_of(independent([3, 3])), "is for other requirements"),
        (space_of(EMPTY), "is for other requirements"),
    ],
)
def test_a_cursor_of_another_space_is_refused(other: Space, message: str) -> None:
    with pytest.raises(CursorError, match=message) as raised:
        space_of(SMALL).enumerate(other.cursor(0))
    assert raised.value.hint


@pytest.mark.parametrize("cursor", ["", "7", "a:b:-1", "a:b:c", "a:b:", "²"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError, match="is no cursor"):
        space_of(SMALL).enumerate(cursor)


def test_ranks_outside_are_refused() -> None:
    space = space_of(SMALL)
    for rank in (-1, 6):
        with pytest.raises(RankError, match=f"rank {rank} is not from 0 to 5"):
            space.unrank(rank)
    with pytest.raises(RankError):
        space.enumerate(-1)
    with pytest.raises(RankError, match="no stack is valid"):
        space_of(EMPTY).unrank(0)


def test_an_empty_space_says_so() -> None:
    space = space_of(EMPTY)
    assert space.count == 0
    assert space.count_by() == {}
    assert space.differences({}) == {}
    assert [*space.enumerate(), *space.best_first({}), *space.nearest({}, 9)] == []
    assert {"package-0": "1.0", "package-1": "1.0"} not in space
    assert space.enumerate_and_score({}).stacks == 0
    with pytest.raises(EmptySpaceError):
        space.sample(1, seed=0)
    with pytest.raises(EmptySpaceError):
        space.best({})


def test_scores_of_what_is_not_known_do_not_count() -> None:
    space = space_of(SMALL)
    best = space.best({"nobody": {"1": 5.0}, "Package_0": {"1": 2.5, "9": 7.0}})
    assert best.score == 2.5
    assert best.stack["package-0"] == "1.0"


def test_what_is_no_score_is_refused() -> None:
    space = space_of(SMALL)
    for score in (1.5, 2**63, None):
        with pytest.raises(ScoreError, match=r"package-0 1.0 is .*; a whole number of 64 bits"):
            space.enumerate_and_score({"package-0": {"1.0": score}})  # type: ignore[dict-item]
    for wrong in (float("nan"), "1"):
        with pytest.raises(ScoreError, match="a number is needed"):
            space.best({"package-0": {"1.0": wrong}})  # type: ignore[dict-item]


def test_a_limit_is_passed_on() -> None:
    with pytest.raises(NotCompiledError):
        Space.compile(crawled_of(independent([2] * 9)), Limits(nodes=-1))


def test_a_space_beyond_64_bits() -> None:
    space = space_of(independent([9] * 50))
    assert space.count == 9**50
    place = 9**49 + 12345
    rank, stack = next(space.enumerate(space.cursor(place)))
    assert (rank, space.rank(stack)) == (place, place)
    tally = space.enumerate_and_score({}, limit=1000, from_rank=place)
    assert (tally.stacks, tally.next_rank) == (1000, place + 1000)
    near = list(islice(space.nearest(stack, 1), 1 + 50 * 8))
    assert [distance for distance, _ in near] == [0] + [1] * 400
