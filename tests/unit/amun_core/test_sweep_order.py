from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from amun_core.states import InspectionState
from amun_core.sweep_order import NextRun, Standing, WaveEnd, next_step, order_of, waves

S = InspectionState
ROUNDS = 3


def step(standings: list[Standing], wave: int = 0, last: int = 0) -> NextRun | WaveEnd | None:
    return next_step(wave, standings, 0, rounds=ROUNDS, last=last, seed=1)


@given(st.sets(st.integers(0, 400), max_size=80), st.integers(1, 30), st.integers(0, 2**53 - 1))
def test_waves_are_nearly_equal_and_have_everyone_once(
    members: set[int], in_flight: int, seed: int
) -> None:
    drawn = waves(members, in_flight, seed)
    assert sorted(one for wave in drawn for one in wave) == sorted(members)
    sizes = [len(wave) for wave in drawn]
    assert all(0 < size <= in_flight for size in sizes)
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert len(drawn) == -(-len(members) // in_flight)
    assert waves(sorted(members, reverse=True), in_flight, seed) == drawn


def test_the_order_is_that_of_the_seed_for_ever() -> None:
    # what a half measured sweep of an older version goes on with
    assert order_of(range(8), 7, 0) == (7, 4, 3, 5, 1, 2, 0, 6)
    assert order_of(range(8), 7, 1) != order_of(range(8), 7, 0)
    assert order_of(range(8), 8, 0) != order_of(range(8), 7, 0)


def test_orders_are_fair() -> None:
    first = Counter(order_of(range(5), seed, 0)[0] for seed in range(5000))
    assert all(850 < number < 1150 for number in first.values())


def test_a_build_that_is_not_done_holds_the_round_up() -> None:
    waiting = [Standing(0, S.BUILT), Standing(1, S.BUILDING), Standing(2, S.BUILT)]
    assert step(waiting) is None
    assert step([Standing(0, S.BUILT), Standing(1, S.FAILED), Standing(2, S.BUILT)]) is not None


def test_nobody_starts_beside_a_run() -> None:
    assert step([Standing(0, S.BUILT), Standing(1, S.RUNNING), Standing(2, S.BUILT)]) is None


@given(
    st.integers(1, 6),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, 1000),
    st.sets(st.integers(1, 6), max_size=5),
    st.integers(0, 30),
)
def test_played_to_its_end_every_run_is_made_once_and_in_the_order_of_its_round(
    members: int, wave: int, more: int, seed: int, failing: set[int], after: int
) -> None:
    """Some members fail after `after` runs of all; the others are run as if they were there."""
    state = dict.fromkeys(range(members + 1), S.BUILT)
    accepted: dict[int, set[int]] = {member: set() for member in state}
    made: list[NextRun] = []
    failing = failing if after else set()
    while True:
        standings = [Standing(one, state[one], frozenset(accepted[one])) for one in state]
        coming = next_step(wave, standings, 0, rounds=ROUNDS, last=wave + more, seed=seed)
        assert coming is not None
        if isinstance(coming, WaveEnd):
            break
        assert coming.run_index not in accepted[coming.member]
        accepted[coming.member].add(coming.run_index)
        made.append(coming)
        if len(made) == after:
            state |= {one: S.FAILED for one in failing if one in state}
    left = {one for one in state if state[one] is S.BUILT}
    assert set(coming.members) == (left if more == 0 else left - {0})
    for one in left:
        start = wave * ROUNDS if one == 0 else 0
        assert accepted[one] == set(range(start, start + ROUNDS))
    assert [run.round for run in made] == sorted(run.round for run in made)
    for number in range(wave * ROUNDS, (wave + 1) * ROUNDS):
        of_round = [run for run in made if run.round == number]
        order = order_of(state, seed, number)
        places = [order.index(run.member) for run in of_round]
        assert places == sorted(places)
        if of_round and not after:
            assert [run.ends_round for run in of_round] == [False] * members + [True]
    assert all(run.ends_round for run in made if run.ends_wave)
