from __future__ import annotations

import random

import pytest

from amun_statistics.blocks import signed_rank_interval, signed_rank_p_value
from amun_statistics.sequential import (
    ALPHA_PER_LOOK,
    LOOKS,
    look_due,
    looks_taken,
    repeated_interval,
    sequential_p_value,
)


def test_the_design() -> None:
    assert LOOKS == (10, 16, 24, 36, 54, 80, 120)
    assert ALPHA_PER_LOOK == 0.0055


def test_looks_are_due_at_these_numbers_only() -> None:
    assert [n for n in range(-1, 500) if look_due(n)] == list(LOOKS)


@pytest.mark.parametrize(
    ("blocks", "looks"),
    [(0, ()), (1, (1,)), (9, (9,)), (10, (10,)), (15, (10, 15)), (16, (10, 16)),
     (100, (10, 16, 24, 36, 54, 80, 100)), (120, LOOKS), (300, LOOKS)],
)  # fmt: skip
def test_an_early_end_takes_the_place_of_the_next_look(blocks: int, looks: tuple[int, ...]) -> None:
    assert looks_taken(blocks) == looks
    assert len(looks_taken(blocks)) <= len(LOOKS)


def test_the_repeated_interval_is_the_one_at_the_alpha_of_a_look() -> None:
    values = [float(value) for value in range(10)]
    assert repeated_interval(values) == signed_rank_interval(values, 0.0055) == (1.0, 8.0)
    assert repeated_interval(values[:7]) is None


def test_a_p_value_pays_for_all_looks() -> None:
    values = [1.0 + index / 100 for index in range(10)]
    # all of ten blocks above: 1 of 1,024 patterns, times seven looks
    assert sequential_p_value(values, 0.0) == 7 / 1024
    assert sequential_p_value(values, 0.0, "less") == 1.0
    assert sequential_p_value(values, 2.0, "less") == 7 / 1024
    assert sequential_p_value([], 0.0) == 1.0


def test_what_an_earlier_look_has_shown_stays_shown() -> None:
    noise = random.Random(3)
    values = [1.0 + index / 100 for index in range(10)] + [noise.gauss(0, 9) for _ in range(14)]
    at_last = signed_rank_p_value(values, 0.0)
    assert at_last > 1 / 1024
    assert sequential_p_value(values, 0.0) == 7 / 1024
