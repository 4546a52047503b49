from __future__ import annotations

import math

import numpy as np
import pytest

from amun_statistics.sweep_contrasts import contrasts, rounds_needed


def test_slower_faster_equivalent() -> None:
    steady = [0.001 * number for number in range(-6, 6)]
    found = contrasts(
        {
            "slower": [0.1 + value for value in steady],
            "faster": [-0.1 + value for value in steady],
            "same": steady,
            "noisy": [100 * value for value in steady],
        }
    )
    assert {name: one.verdict for name, one in found.items()} == {
        "slower": "slower",
        "faster": "faster",
        "same": "equivalent",
        "noisy": "inconclusive",
    }
    slower = found["slower"]
    assert slower.low is not None
    assert slower.high is not None
    assert slower.low < slower.ratio < slower.high
    assert slower.ratio == pytest.approx(math.exp(0.0995), abs=1e-3)


def test_few_rounds_have_no_interval_and_no_verdict() -> None:
    (one,) = contrasts({"a": [0.5] * 5}).values()
    assert (one.low, one.high, one.verdict) == (None, None, "inconclusive")
    assert one.ratio == pytest.approx(math.exp(0.5))
    assert contrasts({"a": []}) == {}
    assert contrasts({}) == {}


def test_six_rounds_tell_one_stack_but_not_one_among_many() -> None:
    (alone,) = contrasts({"a": [0.5] * 6}).values()
    assert alone.verdict == "slower"
    random = np.random.default_rng(1)
    many = {str(number): list(random.normal(0, 0.01, 6)) for number in range(22)}
    assert contrasts({"a": [0.5] * 6, **many})["a"].verdict == "inconclusive"
    needed = rounds_needed(23)
    many = {str(number): list(random.normal(0, 0.01, needed)) for number in range(22)}
    assert contrasts({"a": [0.5] * needed, **many})["a"].verdict == "slower"


def test_few_verdicts_among_many_equal_stacks() -> None:
    random = np.random.default_rng(2)
    sweeps = 200
    wrong = 0
    for _ in range(sweeps):
        # one shared reference: what it does in a round, every contrast sees
        reference = random.standard_t(3, 10) * 0.02
        values = {
            str(number): list(random.standard_t(3, 10) * 0.02 - reference) for number in range(15)
        }
        verdicts = {one.verdict for one in contrasts(values).values()}
        wrong += bool(verdicts & {"slower", "faster"})
    # the rate is at most 5 %, and far below it for stacks in the middle of the band
    assert wrong / sweeps <= 0.05
