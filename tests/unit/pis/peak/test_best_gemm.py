"""The search for the fastest shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pis import catalogue, work
from pis.peak import best_gemm
from pis.peak.best_gemm import BestGemm, Shape
from pis.peak.on_numpy import PeakOnNumpy
from pis.workload import Workload


class Clock:
    """A clock that only steps move."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_shapes_by_hand() -> None:
    found = [str(shape) for shape in best_gemm.shapes(1024)]
    assert found == [
        "256x256x256",
        "384x384x384",
        "512x512x512",
        "512x512x256",
        "768x768x768",
        "768x768x256",
        "960x960x960",
        "1024x1024x1024",
        "1024x1024x256",
    ]


@pytest.mark.parametrize("largest", [16, 100, 255])
def test_a_small_bound_leaves_one_shape(largest: int) -> None:
    assert list(best_gemm.shapes(largest)) == [Shape(largest, largest, largest)]


@pytest.mark.parametrize("largest", [256, 1000, 4096, 16384])
def test_no_shape_is_larger_than_asked_or_twice_there(largest: int) -> None:
    found = list(best_gemm.shapes(largest))
    assert len(set(found)) == len(found)
    assert all(max(shape) <= largest for shape in found)
    assert max(max(shape) for shape in found) > largest / 2


def test_operations_of_a_shape_by_hand() -> None:
    # 2 x 3 results of 4 multiplications and 4 additions each
    assert Shape(2, 3, 4).operations == 48


def test_the_first_call_is_not_timed_and_the_fastest_counts() -> None:
    clock = Clock()
    seconds = [9.0, 0.4, 0.2, 0.3, 0.5, 0.4]

    def step() -> None:
        clock.now += seconds.pop(0)

    assert best_gemm.try_out(step, 100, clock) == pytest.approx(500.0)
    assert seconds == []


def test_short_calls_are_repeated_until_there_is_time_for_a_fast_one() -> None:
    clock = Clock()
    calls = 0

    def step() -> None:
        nonlocal calls
        calls += 1
        clock.now += 1e-3

    best_gemm.try_out(step, 1, clock)
    assert calls >= 1 + best_gemm.SECONDS / 1e-3


class Product(Workload):
    """A product whose speed depends on its shape, in rounds of trials that differ."""

    rates: dict[str, list[float]]

    def prepare(self) -> Callable[[], Any]:
        self.named = "{m}x{n}x{k}".format(**self.parameters)
        return lambda: None

    def facts(self) -> dict[str, Any]:
        return {"arithmetic": "float32"}


class Peak(BestGemm, Product):
    """The fastest of them."""


def searched(monkeypatch: pytest.MonkeyPatch, rates: dict[str, list[float]], largest: int) -> Peak:
    peak = Peak({"largest": largest}, 0)
    monkeypatch.setattr(best_gemm, "try_out", lambda step, operations: rates[peak.named].pop(0))
    peak.prepare()
    return peak


def test_the_best_of_both_rounds_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {"256x256x256": [5e9, 7e9], "384x384x384": [6e9, 1e9]}
    peak = searched(monkeypatch, rates, 384)
    assert peak.shape == Shape(256, 256, 256)
    assert peak.parameters["m"] == 256
    assert peak.operations() == work.gemm(256, 256, 256)
    assert peak.facts() == {
        "arithmetic": "float32",
        "shape": "256x256x256",
        "tried_gflops": {"256x256x256": 7.0, "384x384x384": 6.0},
    }


def test_the_peak_is_the_fastest_call_of_trials_and_iterations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peak = searched(monkeypatch, {"256x256x256": [5e9, 7e9]}, 256)
    operations = peak.operations()
    slow, fast = operations / 3e9, operations / 9e9
    assert peak.figures([slow, slow], slow) == {"peak_rate": pytest.approx(7.0)}
    assert peak.figures([slow, fast, slow], slow) == {"peak_rate": pytest.approx(9.0)}


def test_what_would_take_too_long_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    # 2 x 256^3 operations at 1e8 a second take 0.34 s; 384^3 would take 1.1 s
    peak = searched(monkeypatch, {"256x256x256": [1e8, 1e8]}, 1024)
    assert list(peak.tried) == [Shape(256, 256, 256)]


def test_numpy_for_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best_gemm, "SECONDS", 0.0)
    parameters, faults = catalogue.check("peak", "numpy", {"largest": 64, "reps": 5})
    assert faults == []
    peak = PeakOnNumpy(parameters, 3)
    peak.load()
    series = peak.measure(5)
    assert peak.check().passed
    figures = peak.figures(series.values, 1.0)
    # a bound: no iteration was faster
    assert figures["peak_rate"] >= max(2 * 64**3 / value / 1e9 for value in series.values)
    wrong = peak.step()
    wrong[3, 3] += 1.0
    peak.step = lambda: wrong
    assert not peak.check().passed
