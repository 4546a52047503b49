"""The timing loop, with a clock that only moves when it is told to."""

from __future__ import annotations

import gc
import time

import pytest

from pis import harness


class FakeClock:
    """Every reading takes `tick`; a step takes what it is told to take."""

    def __init__(self, tick: float = 1e-7) -> None:
        self.now = 0.0
        self.tick = tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


def test_every_iteration_is_kept_in_order() -> None:
    clock = FakeClock()
    durations = iter([5.0, 3.0, 2.0, 1.0, 1.0, 1.0, 4.0])

    def step() -> None:
        clock.now += next(durations)

    series = harness.measure(step, 7, clock=clock, wall=lambda: 1234.5)
    assert series.values == pytest.approx([5.0, 3.0, 2.0, 1.0, 1.0, 1.0, 4.0], abs=1e-6)
    assert (series.loops, series.leading) == (1, 5)
    assert series.timer_resolution == pytest.approx(1e-7)
    with pytest.raises(StopIteration):
        next(durations)


def test_first_sample_is_stamped_when_the_first_iteration_ends() -> None:
    calls: list[str] = []
    harness.measure(
        lambda: calls.append("step"),
        3,
        clock=FakeClock(1.0),
        wall=lambda: calls.append("wall") or 7.0,  # type: ignore[func-returns-value]
    )
    assert calls.index("wall") == 1


def test_short_iterations_are_looped_and_divided() -> None:
    clock = FakeClock(1e-7)
    calls = 0

    def step() -> None:
        nonlocal calls
        calls += 1
        clock.now += 1e-6

    series = harness.measure(step, 9, clock=clock)
    # 1000 clock steps of 1e-7 s, and single calls that read 1.1e-6 s
    assert series.loops == 91
    assert calls == 5 + 4 * 91
    assert len(series.values) == 9
    assert series.values[:5] == pytest.approx([1.1e-6] * 5)
    assert series.values[5:] == pytest.approx([1e-6] * 4, rel=0.002)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_iterations_are_all_single(count: int) -> None:
    clock = FakeClock(1e-3)
    series = harness.measure(lambda: None, count, clock=clock)
    assert len(series.values) == count
    assert series.leading == count


def test_choice_of_loops() -> None:
    assert harness.choose_loops(1.0, 1e-7) == 1
    assert harness.choose_loops(1e-4, 1e-7) == 1
    assert harness.choose_loops(0.99e-4, 1e-7) == 2
    assert harness.choose_loops(0.0, 1e-7) == 1000


def test_resolution_of_a_clock_that_stands_still() -> None:
    nominal = time.get_clock_info("perf_counter").resolution
    assert harness.timer_resolution(lambda: 1.0) == nominal


def test_garbage_collection_is_off_during_timing_and_back_afterwards() -> None:
    seen = set()
    assert gc.isenabled()
    harness.measure(lambda: seen.add(gc.isenabled()), 6, clock=FakeClock(1.0))
    assert seen == {False}
    assert gc.isenabled()

    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        harness.measure(fail, 1)
    assert gc.isenabled()
