"""How long a call will take."""

from __future__ import annotations

import pytest

from amun_client.suite.prediction import ARITHMETIC, CASE, MEMORY, Observation, Predictor

ARITHMETIC_RATE = Observation(ARITHMETIC, "gemm", None, 10**9, 10**6, 0.1, 0.4)
MEMORY_RATE = Observation(MEMORY, "gemm", None, 10**6, 10**8, 0.01, 0.6)


def test_nothing_is_known_at_first() -> None:
    assert Predictor().call_seconds("gemm", "product", 10**9, 10) is None
    assert Predictor([ARITHMETIC_RATE]).call_seconds("conv2d", "forward", 10**9, 10) is None
    assert Predictor().startup_seconds == 0.0


def test_slower_of_arithmetic_and_memory() -> None:
    predictor = Predictor([ARITHMETIC_RATE, MEMORY_RATE])
    assert predictor.call_seconds("gemm", "product", 2 * 10**9, 10) == pytest.approx(0.2)
    assert predictor.call_seconds("gemm", "product", 10, 10**9) == pytest.approx(0.1)
    assert predictor.startup_seconds == pytest.approx(0.5)


def test_bytes_alone_where_there_are_no_operations() -> None:
    predictor = Predictor([MEMORY_RATE])
    assert predictor.call_seconds("gemm", "product", None, 10**8) == pytest.approx(0.01)


def test_most_alike_case_corrects() -> None:
    predictor = Predictor([ARITHMETIC_RATE])
    # twice as slow as foretold where it is small, as foretold where it is large
    predictor.learn(Observation(CASE, "gemm", "product", 10**6, 10, 2e-4, 0.4))
    predictor.learn(Observation(CASE, "gemm", "product", 10**10, 10, 1.0, 0.4))
    assert predictor.call_seconds("gemm", "product", 2 * 10**6, 10) == pytest.approx(4e-4)
    assert predictor.call_seconds("gemm", "product", 2 * 10**10, 10) == pytest.approx(2.0)


def test_same_phase_is_more_alike_than_any_size() -> None:
    predictor = Predictor([ARITHMETIC_RATE])
    predictor.learn(Observation(CASE, "gemm", "forward", 10**9, 10, 0.1, 0.4))
    predictor.learn(Observation(CASE, "gemm", "backward", 10**6, 10, 3e-4, 0.4))
    assert predictor.call_seconds("gemm", "backward", 10**9, 10) == pytest.approx(0.3)
    assert predictor.call_seconds("gemm", "other", 10**9, 10) == pytest.approx(0.1)
