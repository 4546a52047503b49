from __future__ import annotations

import math
import random

import numpy as np
import pytest

from amun_statistics.bootstrap import (
    FEWEST_RUNS,
    _medians_of_draws,
    hierarchical_ratio_interval,
)


def runs(count: int, level: float = 1.0, seed: int = 1) -> list[list[float]]:
    draw = random.Random(seed)
    return [
        [level * (own + draw.uniform(0.0, 0.02)) for _ in range(11)]
        for own in (draw.uniform(1.0, 1.05) for _ in range(count))
    ]


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7, 10])
def test_a_median_of_draws_is_distributed_as_drawing_them(length: int) -> None:
    generator = np.random.default_rng(length)
    ordered = np.sort(generator.exponential(size=length))
    draws = 100_000
    direct = np.median(ordered[generator.integers(length, size=(draws, length))], axis=1)
    lengths = np.full(draws, length)
    short = _medians_of_draws(ordered, np.zeros(draws, dtype=np.int64), lengths, generator)
    levels = np.linspace(0.02, 0.98, 25)
    points = np.unique(np.quantile(direct, levels))
    for point in points:
        # a difference of five standard errors of two shares
        assert np.mean(short <= point + 1e-12) == pytest.approx(
            np.mean(direct <= point + 1e-12), abs=0.012
        )


def test_the_ratio_is_that_of_medians_of_medians() -> None:
    a = [[1.0, 2.0, 9.0]] * FEWEST_RUNS
    b = [[3.0, 3.0, 3.0]] * FEWEST_RUNS
    interval = hierarchical_ratio_interval(a, b)
    assert interval is not None
    assert interval.ratio == 1.5
    assert interval.low == pytest.approx(3 / 9)
    assert interval.high == pytest.approx(3.0)
    assert (interval.confidence, interval.resamples) == (0.95, 2000)


def test_a_difference_is_seen_and_a_factor_scales_the_interval() -> None:
    a = runs(20)
    once = hierarchical_ratio_interval(a, runs(20, 1.5, seed=2), seed=4)
    twice = hierarchical_ratio_interval(a, runs(20, 3.0, seed=2), seed=4)
    assert once is not None
    assert twice is not None
    assert 1.4 < once.low < once.ratio < once.high < 1.6
    assert (twice.low, twice.ratio, twice.high) == pytest.approx(
        (2 * once.low, 2 * once.ratio, 2 * once.high)
    )


def test_the_same_seed_gives_the_same_interval() -> None:
    a, b = runs(10), runs(10, seed=2)
    first = hierarchical_ratio_interval(a, b, seed=3)
    assert first == hierarchical_ratio_interval(a, b, seed=3)
    assert first != hierarchical_ratio_interval(a, b, seed=4)


def test_runs_weigh_more_than_their_iterations() -> None:
    # ten times as many iterations of as few runs do not make the answer any surer
    a, b = runs(8), runs(8, seed=2)
    few = hierarchical_ratio_interval(a, b)
    many = hierarchical_ratio_interval([run * 10 for run in a], [run * 10 for run in b])
    assert few is not None
    assert many is not None
    assert math.log(many.high / many.low) > 0.7 * math.log(few.high / few.low)


def test_it_is_offered_from_enough_runs_only() -> None:
    enough, few = runs(FEWEST_RUNS), runs(FEWEST_RUNS - 1)
    assert hierarchical_ratio_interval(enough, few) is None
    assert hierarchical_ratio_interval(few, enough) is None
    assert hierarchical_ratio_interval(enough, enough) is not None
    assert hierarchical_ratio_interval(few, few, fewest_runs=1) is not None
    assert hierarchical_ratio_interval([], [], fewest_runs=0) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [({"confidence": 1.0}, "confidence"), ({"resamples": 10}, "resamples"),
     ({"b": [[1.0], []]}, "iterations"), ({"b": [[0.0]]}, "positive"),
     ({"b": [[math.nan]]}, "finite")],
)  # fmt: skip
def test_what_cannot_be_resampled(change: dict[str, object], message: str) -> None:
    arguments = {"a": runs(20), "b": runs(20), **change}
    with pytest.raises(ValueError, match=message):
        hierarchical_ratio_interval(**arguments)  # type: ignore[arg-type]
