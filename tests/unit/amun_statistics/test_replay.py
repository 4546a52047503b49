from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_statistics.blocks import block_log_ratio
from amun_statistics.replay import _overdispersion, replay, replayed
from amun_statistics.sequential import LOOKS
from amun_statistics.verdict import decide_in_sequence

EDGE = math.log1p(0.02)


def record(blocks: int, spread: float, seed: int = 1) -> list[list[float]]:
    draw = random.Random(seed)
    return [[math.exp(draw.gauss(0.0, spread)) for _ in range(4)] for _ in range(blocks)]


@settings(max_examples=25, deadline=None)
@given(
    blocks=st.integers(1, 140),
    spread=st.sampled_from([0.0, 0.01, 0.05, 0.3]),
    shift=st.sampled_from([0.0, EDGE, -EDGE, math.log(1.05)]),
    band=st.sampled_from([0.02, 0.1]),
    seed=st.integers(0, 1000),
)
def test_each_replay_ends_as_its_blocks_decide_in_sequence(
    blocks: int, spread: float, shift: float, band: float, seed: int
) -> None:
    recorded = record(blocks, spread, seed)
    for end in replayed(recorded, 4, seed, shift, band):
        window = recorded[end.start : end.start + len(end.coins)]
        assert len(window) == len(end.coins) == min(blocks, LOOKS[-1])
        values = [
            shift + block_log_ratio(*named(block, abba=coin))
            for block, coin in zip(window, end.coins, strict=True)
        ]
        expected = decide_in_sequence(values, band)
        assert end.decision.verdict == expected.verdict
        assert end.decision.blocks == expected.blocks
        assert end.decision.direction == expected.direction
        for found, wanted in zip(numbers(end.decision), numbers(expected), strict=True):
            assert found == (None if wanted is None else pytest.approx(wanted, rel=1e-12))


def named(block: list[float], *, abba: bool) -> tuple[list[float], list[float]]:
    first, second = [block[0], block[3]], [block[1], block[2]]
    return (first, second) if abba else (second, first)


def numbers(decision: object) -> tuple[float | None, ...]:
    return tuple(getattr(decision, name) for name in ("ratio", "low", "high"))


def test_equal_stacks_end_equivalent() -> None:
    outcome = replay(record(300, 0.02), 400, seed=7)
    assert outcome.equivalent_rate > 0.95
    assert outcome.false_verdict_rate == 0.0
    assert 0 < outcome.false_verdict_upper < 0.01
    assert outcome.coverage > 0.95
    assert outcome.disjoint_windows == 2
    assert (
        outcome.comparisons
        == 400
        == sum((outcome.slower, outcome.faster, outcome.equivalent, outcome.inconclusive))
    )
    assert LOOKS[0] <= outcome.blocks_median <= outcome.blocks_p90 <= LOOKS[-1]


@pytest.mark.parametrize("sign", [1, -1])
def test_beyond_the_edge_the_side_is_right(sign: int) -> None:
    outcome = replay(record(300, 0.02), 200, seed=7, shift=sign * math.log(1.05))
    assert (outcome.slower if sign > 0 else outcome.faster) > 190
    assert outcome.false_verdict_rate == 0.0
    assert outcome.slower_lower > 0.9 if sign > 0 else outcome.slower_lower == 0.0


@pytest.mark.parametrize("sign", [1, -1])
def test_at_the_edge_every_verdict_is_false(sign: int) -> None:
    outcome = replay(record(300, 0.02), 2000, seed=7, shift=sign * EDGE)
    verdicts = (outcome.slower, outcome.faster) if sign > 0 else (outcome.faster, outcome.slower)
    assert verdicts[0] > 0
    assert verdicts[1] == 0
    assert outcome.false_verdict_rate == verdicts[0] / 2000
    assert outcome.false_equivalent == outcome.equivalent > 0
    # 0.025 by design; five standard errors above it
    assert outcome.false_verdict_rate < 0.025 + 5 * math.sqrt(0.025 * 0.975 / 2000)


def test_drift_within_the_record_makes_no_verdict() -> None:
    drifting = [
        [math.exp(0.02 * (4 * block + run) / 40) * seconds for run, seconds in enumerate(four)]
        for block, four in enumerate(record(150, 0.01))
    ]
    assert replay(drifting, 300, seed=3).false_verdict_rate < 0.03


def test_the_same_seed_is_the_same_replay() -> None:
    recorded = record(130, 0.05)
    assert replay(recorded, 50, seed=1) == replay(recorded, 50, seed=1)
    assert list(replayed(recorded, 50, seed=1)) != list(replayed(recorded, 50, seed=2))


def test_few_blocks_are_all_that_there_is() -> None:
    outcome = replay(record(7, 0.01), 20, seed=1)
    assert (outcome.inconclusive, outcome.coverage) == (20, 1.0)
    assert (outcome.blocks_mean, outcome.disjoint_windows) == (7.0, 1)


@pytest.mark.parametrize(
    ("blocks", "comparisons", "says"),
    [([], 10, "at least one block"), ([[1.0, 1.0]], 10, "four runs"), ([[1.0] * 4], 0, "none")],
)
def test_what_cannot_be_replayed(blocks: list[list[float]], comparisons: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replay(blocks, comparisons, seed=0)


def test_a_rate_that_depends_on_the_place_counts_for_fewer_comparisons() -> None:
    starts = [start for start in range(100) for _ in range(10)]
    everywhere = [number % 5 == 0 for number in range(1000)]
    in_one_place = [start < 20 for start in starts]
    assert _overdispersion(starts, everywhere) == 1.0
    assert _overdispersion(starts, in_one_place) == pytest.approx(1000 / 9)
    assert _overdispersion(starts, [False] * 1000) == 1.0


def test_an_outcome_is_a_value() -> None:
    outcome = replay(record(12, 0.01), 10, seed=1)
    assert replace(outcome, comparisons=20).equivalent_rate == outcome.equivalent_rate / 2
