"""The timing: a tight loop, every iteration kept.

An iteration is one call of the workload's step. Where one call is too short for the clock, `loops`
calls are timed together and the value is their time divided by `loops`; the first few iterations,
from which that is decided, are always single calls and are part of the series.
"""

import gc
import math
import time
from itertools import repeat
from typing import Any, Callable, List, NamedTuple

#: Single calls at the beginning, from the fastest of which the number of loops is taken.
LEADING = 5

#: A timed section shall last at least so many steps of the clock: its error stays below 0.1 %.
RESOLUTIONS = 1000

Clock = Callable[[], float]


class Series(NamedTuple):
    """The iterations in order, seconds each, and how they were taken."""

    values: List[float]
    loops: int
    leading: int
    first_sample_at: float
    timer_resolution: float


def timer_resolution(clock: Clock = time.perf_counter, readings: int = 200) -> float:
    """The smallest step that two readings of the clock can tell apart, seconds.

    The clock's nominal step is often far smaller than the time that reading it takes.
    """
    steps = []
    for _ in range(readings):
        start = clock()
        step = clock() - start
        if step > 0:
            steps.append(step)
    return min(steps) if steps else time.get_clock_info("perf_counter").resolution


def choose_loops(fastest: float, resolution: float) -> int:
    """How many calls are timed together, so that the section is long enough for the clock."""
    shortest = RESOLUTIONS * resolution
    if fastest >= shortest:
        return 1
    return math.ceil(shortest / max(fastest, resolution))


def measure(
    step: Callable[[], Any],
    iterations: int,
    clock: Clock = time.perf_counter,
    wall: Callable[[], float] = time.time,
) -> Series:
    """Call `step` again and again, timing each of `iterations` iterations."""
    resolution = timer_resolution(clock)
    values: List[float] = []
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        step()
        values.append(clock() - start)
        first_sample_at = wall()
        leading = min(iterations, LEADING)
        _single(step, leading - 1, clock, values)
        loops = choose_loops(min(values), resolution)
        if loops == 1:
            _single(step, iterations - leading, clock, values)
        else:
            _looped(step, iterations - leading, loops, clock, values)
    finally:
        if collecting:
            gc.enable()
    return Series(values, loops, leading, first_sample_at, resolution)


def _single(step: Callable[[], Any], count: int, clock: Clock, values: List[float]) -> None:
    append = values.append
    for _ in repeat(None, count):
        start = clock()
        step()
        end = clock()
        append(end - start)


def _looped(
    step: Callable[[], Any], count: int, loops: int, clock: Clock, values: List[float]
) -> None:
    append = values.append
    for _ in repeat(None, count):
        inner = repeat(None, loops)
        start = clock()
        for _ in inner:
            step()
        end = clock()
        append((end - start) / loops)
