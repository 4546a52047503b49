"""Effects of versions: by hand, by simulation, and what cannot be told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amun_statistics.main_effects import MainEffects, Version, main_effects

REFERENCE = {"numpy": "2.4", "pandas": "3.1"}
VERSIONS = {"numpy": ["2.4", "2.3", "2.2"], "pandas": ["3.1", "3.0"]}


def crossed() -> list[dict[str, str]]:
    """Every pair of versions but the reference's own."""
    every = [{"numpy": n, "pandas": p} for n in VERSIONS["numpy"] for p in VERSIONS["pandas"]]
    return [one for one in every if one != REFERENCE]


def by_version(found: MainEffects) -> dict[tuple[str, str | None], tuple[float, int]]:
    return {
        (version.package, version.version): (one.ratio, one.stacks)
        for one in found.effects
        for version in one.versions
    }


def test_additive_effects_are_found_again_to_the_last_digit() -> None:
    cost = {"2.4": 0.0, "2.3": 0.1, "2.2": -0.2, "3.1": 0.0, "3.0": 0.05}
    stacks = crossed()
    values = [[cost[one["numpy"]] + cost[one["pandas"]]] * 6 for one in stacks]
    found = main_effects(REFERENCE, stacks, values)
    assert by_version(found) == {
        ("numpy", "2.3"): (pytest.approx(math.exp(0.1)), 2),
        ("numpy", "2.2"): (pytest.approx(math.exp(-0.2)), 2),
        ("pandas", "3.0"): (pytest.approx(math.exp(0.05)), 3),
    }
    assert (found.inseparable, found.as_noise, found.rounds) == ((), (), 6)


def test_one_package_gives_the_contrasts_themselves() -> None:
    stacks = [{"numpy": "2.3"}, {"numpy": "2.2"}]
    values = [[0.1, 0.2, 0.3, 0.1, 0.2, 0.3], [0.0] * 6]
    found = main_effects({"numpy": "2.4"}, stacks, values)
    first = found.effects[0]
    assert first.versions == (Version("numpy", "2.3", "2.4"),)
    assert first.ratio == pytest.approx(math.exp(0.2))
    assert (first.low, first.high) == (pytest.approx(math.exp(0.1)), pytest.approx(math.exp(0.3)))


def test_few_rounds_have_no_interval() -> None:
    (one,) = main_effects({"a": "1"}, [{"a": "2"}], [[0.1] * 5]).effects
    assert (one.low, one.high) == (None, None)


def test_versions_that_only_vary_together_are_one_effect_with_both_names() -> None:
    stacks = [{"numpy": "2.3", "six": "1.16"}, {"numpy": "2.3", "six": "1.16", "tzdata": "1"}]
    reference = {"numpy": "2.4", "six": "1.17"}
    found = main_effects(reference, stacks, [[0.1] * 6, [0.1] * 6])
    together, alone = found.effects
    assert together.versions == (Version("numpy", "2.3", "2.4"), Version("six", "1.16", "1.17"))
    assert together.ratio == pytest.approx(math.exp(0.1))
    # a package that the reference lacks
    assert alone.versions == (Version("tzdata", "1", None),)
    assert alone.ratio == pytest.approx(1.0)


def test_what_a_sum_of_others_hides_is_named_and_gets_no_number() -> None:
    # b's version 2 is where a has one of its own: a 2 + a 3 = b 2, whatever is measured
    stacks = [{"a": "2", "b": "2", "c": "1"}, {"a": "3", "b": "2", "c": "1"},
              {"a": "1", "b": "1", "c": "2"}]  # fmt: skip
    found = main_effects({"a": "1", "b": "1", "c": "1"}, stacks, [[0.1] * 6, [0.2] * 6, [0.3] * 6])
    assert by_version(found) == {("c", "2"): (pytest.approx(math.exp(0.3)), 1)}
    assert {(one.package, one.version) for one in found.inseparable} == {
        ("a", "2"), ("a", "3"), ("b", "2"),
    }  # fmt: skip


def test_where_not_all_is_separable_what_was_named_is_told_and_the_rest_is_noise() -> None:
    stacks = [{"a": "2", "b": "2"}, {"a": "3", "b": "2"}]
    found = main_effects({"a": "1", "b": "1"}, stacks, [[0.1] * 6, [0.2] * 6], named=["a"])
    assert by_version(found) == {
        ("a", "2"): (pytest.approx(math.exp(0.1)), 1),
        ("a", "3"): (pytest.approx(math.exp(0.2)), 1),
    }
    assert (found.as_noise, found.inseparable) == (("b",), ())


def test_nothing_differs_or_nothing_is_there() -> None:
    assert main_effects({"a": "1"}, [], []).effects == ()
    assert main_effects({"a": "1"}, [{"a": "1"}], [[0.0] * 6]).effects == ()


@pytest.mark.parametrize("own", [0.0, 0.03])
def test_the_interval_covers_the_effect_with_heavy_tails_and_stacks_of_their_own(
    own: float,
) -> None:
    """`own`: what a stack does beyond the sum of its packages, the same in every round."""
    random = np.random.default_rng(7)
    cost = {"2.4": 0.0, "2.3": 0.1, "2.2": -0.2, "3.1": 0.0, "3.0": 0.05, "1": 0.0, "2": 0.02}
    reference = {**REFERENCE, "six": "1"}
    stacks = [{**one, "six": six} for one in [REFERENCE, *crossed()] for six in ("1", "2")][1:]
    covered = told = 0
    for _ in range(120):
        rounds = 10
        standard = random.standard_t(3, rounds) * 0.02 + random.normal(0, own)
        values = [
            random.standard_t(3, rounds) * 0.02
            + sum(cost[version] for version in one.values())
            + random.normal(0, own)
            - standard
            for one in stacks
        ]
        found = main_effects(reference, stacks, [list(one) for one in values])
        for effect in found.effects:
            (version,) = effect.versions
            assert effect.low is not None
            assert effect.high is not None
            told += 1
            covered += effect.low <= math.exp(cost[str(version.version)]) <= effect.high
    # 480 intervals of 95 %: below 0.93 with a chance of a few in a hundred
    assert covered / told >= 0.93
