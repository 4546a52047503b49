"""Warm-ups and repeats of each driver."""

from __future__ import annotations

import pytest

from pis.suites import deepbench
from pis.suites.deepbench import rules
from pis.suites.suite import Rule

FIRST = {suite.name: suite.rules[0] for suite in deepbench.SUITES}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("gemm.training", rules.NVIDIA_GEMM),
        ("gemm.inference.server", rules.NVIDIA_GEMM),
        ("gemm.inference.device", rules.ARM_GEMM),
        ("conv.training", rules.NVIDIA_CONV),
        ("conv.inference.device", rules.ARM_CONV),
        ("rnn.training", rules.NVIDIA_RNN),
        ("rnn.inference.device", rules.NVIDIA_RNN),
        ("sparse.inference.server", rules.NVIDIA_SPARSE),
        ("sparse.inference.device", rules.ARM_SPARSE),
        ("allreduce.training", rules.ALLREDUCE),
    ],
)
def test_each_suite_goes_by_the_driver_of_its_results(name: str, rule: Rule) -> None:
    assert FIRST[f"deepbench.{name}"] is rule


@pytest.mark.parametrize(
    ("rule", "warmups", "repeats"),
    [
        (rules.NVIDIA_GEMM, 1, 400),
        (rules.NVIDIA_CONV, 1, 300),
        (rules.NVIDIA_RNN, 1, 100),
        (rules.INTEL_GEMM, 1, 10),
        (rules.INTEL_SPARSE, None, 10),
        (rules.ARM_CONV, None, 50),
        (rules.ARM_SPARSE, None, 10),
    ],
)
def test_fixed_numbers(rule: Rule, warmups: int | None, repeats: int) -> None:
    assert rule.repeats_of is not None
    assert (rule.warmups, rule.repeats_of({})) == (warmups, repeats)


@pytest.mark.parametrize(
    ("rule", "shape", "repeats"),
    [
        # 1e11 / (7680 * 2560) = 5086.26...
        (rules.NVIDIA_SPARSE, {"m": 7680, "n": 1, "k": 2560}, 5087),
        # the product exceeds 32 bits: 7680 * 2560 * 6000 = 1.18e11
        (rules.NVIDIA_SPARSE, {"m": 7680, "n": 6000, "k": 2560}, 10),
        (rules.ARM_GEMM, {"m": 5124, "n": 700, "k": 2048}, 10),
        (rules.ARM_GEMM, {"m": 128, "n": 1, "k": 1408}, 55487),
        (rules.ARM_GEMM, {"m": 1000, "n": 1000, "k": 100}, 100),
    ],
)
def test_numbers_that_follow_the_size(rule: Rule, shape: dict[str, int], repeats: int) -> None:
    assert rule.repeats_of is not None
    assert rule.repeats_of(shape) == repeats
