"""Warm-up is seen where it is, and not where it is not."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pis import steady
from pis.steady import Steady


def noisy(seed: int, *levels: tuple[int, float], spread: float = 0.01) -> list[float]:
    """A series of (length, level) stretches with relative normal noise."""
    generator = random.Random(seed)
    return [
        level * (1 + spread * generator.gauss(0, 1))
        for count, level in levels
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("spread", [0.001, 0.01, 0.1])
def test_flat_noise_is_flat(seed: int, spread: float) -> None:
    assert steady.classify(noisy(seed, (100, 1e-3), spread=spread)) == Steady("flat", 0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("warmups", [1, 3, 10, 30])
def test_warm_up_is_counted_exactly(seed: int, warmups: int) -> None:
    series = noisy(seed, (warmups, 2e-3), (100 - warmups, 1e-3))
    assert steady.classify(series) == Steady("warmup", warmups)


def test_warm_up_in_several_steps() -> None:
    series = noisy(1, (1, 50.0), (4, 3.0), (15, 1.5), (180, 1.0))
    assert steady.classify(series) == Steady("warmup", 20)


def test_warm_up_that_fades_out() -> None:
    generator = random.Random(2)
    series = [1.0 + 2.0 * 0.8**index + 0.005 * generator.gauss(0, 1) for index in range(200)]
    found = steady.classify(series)
    assert found.kind == "warmup"
    # 0.8^n * 2 falls below the 2 % that count as the same level at n = 21
    assert 10 <= found.warmups <= 30


@pytest.mark.parametrize("start", [(), ((10, 2.0),)])
def test_a_series_that_ends_at_another_level_has_no_steady_state(start: tuple) -> None:
    assert steady.classify(noisy(6, *start, (80, 1.0), (20, 1.3))) == Steady("none", 0)


def test_a_disturbance_at_the_end_does_not_hide_the_level() -> None:
    assert steady.classify(noisy(6, (92, 1.0), (8, 1.3))) == Steady("flat", 0)


@pytest.mark.parametrize("seed", range(5))
def test_slowdown(seed: int) -> None:
    series = noisy(seed, (40, 1.0), (160, 1.3))
    assert steady.classify(series) == Steady("slowdown", 40)


def test_slow_start_then_fast_then_slower_is_a_slowdown() -> None:
    series = noisy(3, (1, 9.0), (30, 1.0), (169, 1.4))
    assert steady.classify(series) == Steady("slowdown", 31)


def test_bimodal_mixture_is_flat() -> None:
    generator = random.Random(4)
    series = [generator.choice([1.0, 1.4]) + 0.005 * generator.gauss(0, 1) for _ in range(400)]
    assert steady.classify(series) == Steady("flat", 0)


def test_long_alternating_stretches_have_no_steady_state() -> None:
    series = noisy(5, (25, 1.0), (25, 1.5), (25, 1.0), (25, 1.5), (25, 1.0), (25, 1.5))
    assert steady.classify(series).kind == "none"


def test_change_after_the_middle_has_no_steady_state() -> None:
    assert steady.classify(noisy(6, (70, 1.0), (30, 2.0))) == Steady("none", 0)


@pytest.mark.parametrize("position", [0, 50, 99])
def test_one_slow_iteration_is_warm_up_only_at_the_start(position: int) -> None:
    series = noisy(7, (100, 1.0))
    series[position] = 20.0
    expected = Steady("warmup", 1) if position == 0 else Steady("flat", 0)
    assert steady.classify(series) == expected


def test_disturbance_in_the_middle_does_not_hide_the_level() -> None:
    series = noisy(8, (60, 1.0), (20, 3.0), (120, 1.0))
    assert steady.classify(series) == Steady("flat", 0)


def test_too_few_iterations_tell_nothing() -> None:
    assert steady.classify([9.0] + [1.0] * 8) == Steady("none", 0)
    assert steady.classify([9.0] + [1.0] * 9) == Steady("warmup", 1)


def test_series_without_any_noise() -> None:
    assert steady.classify([1.0] * 50) == Steady("flat", 0)
    assert steady.classify([0.0] * 50) == Steady("flat", 0)


def test_ten_thousand_iterations_take_milliseconds() -> None:
    series = noisy(9, (30, 2.0), (9970, 1.0))
    times = []
    for _ in range(5):
        start = time.thread_time()
        assert steady.classify(series) == Steady("warmup", 30)
        times.append(time.thread_time() - start)
    assert min(times) < 0.05


def test_median() -> None:
    assert steady.median([3.0, 1.0, 2.0]) == 2.0
    assert steady.median([4.0, 1.0, 2.0, 3.0]) == 2.5


def test_noise_does_not_see_a_step() -> None:
    series = noisy(10, (500, 1.0), (500, 5.0), spread=0.0)
    quiet = [value + 0.01 * random.Random(index).gauss(0, 1) for index, value in enumerate(series)]
    assert steady.noise(quiet) == pytest.approx(0.01, rel=0.15)


@given(st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=80))
def test_any_series_is_classified_within_bounds(series: list[float]) -> None:
    found = steady.classify(series)
    assert found == steady.classify(list(series))
    assert found.kind in ("flat", "warmup", "slowdown", "none")
    assert 0 <= found.warmups <= len(series) // 2
    assert (found.warmups > 0) == (found.kind in ("warmup", "slowdown"))


@given(st.lists(st.floats(1e-6, 1.0), min_size=10, max_size=60), st.sampled_from([2.0, 0.25, 1024]))
def test_unit_of_time_does_not_matter(series: list[float], factor: float) -> None:
    assert steady.classify([value * factor for value in series]) == steady.classify(series)
