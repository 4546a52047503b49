"""The roofline by hand, and from runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.errors import InvalidInputError
from amun_core.result import RunResult
from amun_core.roofline import Roofline, from_runs

POSITIVE = st.floats(1e-6, 1e9)


def test_the_memory_binds_what_has_little_to_compute() -> None:
    # 0.25 FLOP for each byte at 20 GB/s: 5 GFLOPS, of which 4 were reached
    found = Roofline(rate=4.0, peak=100.0, bandwidth=20.0, intensity=0.25)
    assert (found.attainable, found.bound) == (5.0, "memory")
    assert (found.of_attainable, found.of_peak) == (0.8, 0.04)


def test_the_arithmetic_binds_what_has_much() -> None:
    found = Roofline(rate=80.0, peak=100.0, bandwidth=20.0, intensity=10.0)
    assert (found.attainable, found.bound) == (100.0, "arithmetic")
    assert found.of_attainable == found.of_peak == 0.8
    assert Roofline(1.0, 100.0, 20.0, 5.0).bound == "arithmetic"  # where the two lines meet


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_nothing_attainable_is_above_either_line(
    rate: float, peak: float, bandwidth: float, intensity: float
) -> None:
    found = Roofline(rate, peak, bandwidth, intensity)
    assert found.attainable <= peak
    assert found.attainable <= bandwidth * intensity
    assert found.of_attainable >= found.of_peak


@pytest.mark.parametrize("name", ["rate", "peak", "bandwidth", "intensity"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_rate_is_refused(name: str, value: float) -> None:
    values = {"rate": 1.0, "peak": 1.0, "bandwidth": 1.0, "intensity": 1.0, name: value}
    with pytest.raises(InvalidInputError, match=name):
        Roofline(**values)


def run(seconds: list[float], warmups: int = 0, **document: Any) -> RunResult:
    return RunResult.model_validate(
        {
            "schema": "amun.run/1",
            "outcome": "completed",
            "samples": {"values": seconds, "warmups": warmups},
            **document,
        }
    )


FLOAT32 = {"dtype": "float32", "device": "cpu"}
MATMUL: dict[str, Any] = {
    "seconds": [9.0, 1.0, 2.0, 3.0],
    "warmups": 1,
    "@parameters": FLOAT32,
    "work": {"flops_per_iteration": 6e9, "least_bytes_per_iteration": 2e9},
}
PEAK: dict[str, Any] = {
    "seconds": [1.0],
    "@parameters": FLOAT32,
    "@result": {"rate": 5.0, "peak_rate": 8.0},
}
TRIAD: dict[str, Any] = {
    "seconds": [3.0, 1.5, 2.0],
    "@parameters": {"dtype": "float64", "device": "cpu"},
    "work": {"bytes_per_iteration": 3e9},
}


def test_from_three_runs() -> None:
    found = from_runs(run(**MATMUL), run(**PEAK), run(**TRIAD))
    # the median after warm-up is 2 s; the triad's fastest iteration 1.5 s
    assert found == Roofline(rate=3.0, peak=8.0, bandwidth=2.0, intensity=3.0)
    assert found.document() == {
        "rate_gflops": 3.0,
        "peak_gflops": 8.0,
        "bandwidth_gb_per_s": 2.0,
        "intensity_flop_per_byte": 3.0,
        "attainable_gflops": 6.0,
        "bound": "memory",
        "share_of_peak": 0.375,
        "share_of_attainable": 0.5,
    }


@pytest.mark.parametrize(
    ("matmul", "peak", "triad", "message"),
    [
        ({"@parameters": {**FLOAT32, "dtype": "float64"}}, {}, {}, "run and peak differ in dtype"),
        ({"@parameters": {**FLOAT32, "device": "cuda"}}, {}, {}, "run and peak differ in device"),
        ({"work": {"flops_per_iteration": 6e9}}, {}, {}, "not known how many bytes"),
        ({"work": None}, {}, {}, "not known how many bytes"),
        ({}, {"@result": {"rate": 5.0}}, {}, "tells no peak_rate"),
        ({}, {"@result": {"peak_rate": True}}, {}, "tells no peak_rate"),
        ({}, {}, {"work": None}, "the triad tells no bytes or no time"),
        ({}, {}, {"seconds": []}, "the triad tells no bytes or no time"),
        ({"seconds": [], "warmups": 0}, {}, {}, "rate is 0.0"),
    ],
)
def test_runs_that_do_not_belong_together(
    matmul: dict[str, Any], peak: dict[str, Any], triad: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        from_runs(run(**{**MATMUL, **matmul}), run(**{**PEAK, **peak}), run(**{**TRIAD, **triad}))
