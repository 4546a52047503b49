from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_statistics.change_points import Segment, change_points, segments


def series(*levels: tuple[int, float], spread: float = 1.0, seed: int = 1) -> list[float]:
    draw = random.Random(seed)
    return [level + draw.gauss(0.0, spread) for length, level in levels for _ in range(length)]


def test_a_clean_step_is_found_where_it_is() -> None:
    values = [1.0, 1.1, 0.9, 1.05, 0.95, 1.02] * 4 + [2.0, 2.1, 1.9, 2.05, 1.95, 2.02] * 3
    assert change_points(values) == [24]
    assert segments(values) == [Segment(0, 24, 1.01), Segment(24, 42, 2.01)]


@pytest.mark.parametrize("levels", [[(60, 0.0), (60, 3.0)], [(40, 0.0), (30, 4.0), (50, 0.0)],
                                    [(40, 0.0), (40, 4.0), (40, 8.0), (40, -3.0)]])  # fmt: skip
def test_steps_under_noise(levels: list[tuple[int, float]]) -> None:
    expected = [sum(length for length, _ in levels[:n]) for n in range(1, len(levels))]
    for seed in range(5):
        found = change_points(series(*levels, seed=seed))
        assert len(found) == len(expected)
        assert all(abs(a - b) <= 3 for a, b in zip(found, expected, strict=True))


def test_a_far_value_is_no_level() -> None:
    values = series((100, 0.0))
    values[30] = 1e9
    values[31] = -1e9
    assert change_points(values) == []


def test_no_change_is_shown_where_none_is() -> None:
    shown = sum(bool(change_points(series((60, 0.0), seed=seed))) for seed in range(100))
    assert shown <= 5


def _tied(kind: str, draw: random.Random, n: int) -> list[float]:
    """Independent values of one distribution that has ties."""
    return {
        "rare": lambda: [1.1 if draw.random() < 0.01 else 1.0 for _ in range(n)],
        "some": lambda: [1.1 if draw.random() < 0.03 else 1.0 for _ in range(n)],
        "even": lambda: [float(draw.random() < 0.5) for _ in range(n)],
        "counts": lambda: [float(sum(draw.random() < 0.002 for _ in range(500))) for _ in range(n)],
        "clock": lambda: [round(draw.gauss(0, 1) * 2) / 2 for _ in range(n)],
        "far": lambda: [draw.choice([1.0] * 60 + [5.0, 7.0, 100.0]) for _ in range(n)],
    }[kind]()


@pytest.mark.parametrize(
    ("kind", "n"),
    [("rare", 300), ("some", 200), ("even", 100), ("counts", 60), ("clock", 120), ("far", 200)],
)
def test_ties_show_no_change_where_none_is(kind: str, n: int) -> None:
    trials = 60
    draw = random.Random(7)
    shown = sum(bool(change_points(_tied(kind, draw, n))) for _ in range(trials))
    # 5 % of 60 is 3; 9 or more has a probability below 1 % even then
    assert shown <= 8


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([100.0] * 50 + [110.0] * 50, [50]),  # peak memory in whole pages
        ([1.0] * 280 + [1.1] * 20, [280]),
        ([float(n % 3) for n in range(90)] + [float(n % 3 + 2) for n in range(60)], [89]),
        ([1.0] * 40 + [2.0] * 40 + [1.0] * 40, [40, 80]),
    ],
)
def test_steps_among_ties_are_found(values: list[float], expected: list[int]) -> None:
    assert change_points(values) == expected
    assert change_points(values) == change_points(list(values))


@settings(max_examples=30)
@given(
    values=st.lists(st.integers(0, 20).map(float), max_size=80),
    minimum_length=st.integers(2, 8),
    factor=st.sampled_from([0.5, 4.0]),
)
def test_levels_follow_order_and_unit(
    values: list[float], minimum_length: int, factor: float
) -> None:
    found = change_points(values, minimum_length=minimum_length)
    bounds = [0, *found, len(values)]
    if found:
        assert min(end - start for start, end in pairwise(bounds)) >= (minimum_length)
    moved = [value * factor + 1024.0 for value in values]
    assert change_points(moved, minimum_length=minimum_length) == found
    assert change_points([-value for value in values], minimum_length=minimum_length) == found


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 9, [3.0] * 100])
def test_what_has_no_change(values: list[float]) -> None:
    assert change_points(values) == []


def test_segments_of_nothing() -> None:
    assert segments([]) == []
    assert segments([2.0, 1.0, 3.0]) == [Segment(0, 3, 2.0)]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [([math.nan] * 20, {}, "finite"), ([1.0] * 20, {"alpha": 0.0}, "alpha"),
     ([1.0] * 20, {"minimum_length": 1}, "level of 1")],
)  # fmt: skip
def test_what_is_no_series(values: list[float], options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        change_points(values, **options)  # type: ignore[arg-type]
