"""Where the warm-up ends: seen in the series of iterations, not guessed. Nothing is discarded.

1. The series is put in units of its own noise: centred on its median, divided by the median
   absolute difference of neighbours (which a step or a drift does not enlarge), cut at +-12 so that
   a single slow iteration cannot pass for a level.
2. Binary segmentation finds the places where the level changes: a split is made where it lowers the
   sum of squares by more than 8 ln n, and looked for again in both parts.
3. The level of the second half (a median) is the level the run settled at. Segments whose median
   lies within 2 % or one unit of noise of it are at that level.
4. The first such segment begins the steady part; what lies before it is warm-up (slower) or, where
   a part of it was faster, the run slowed down. Where the steady part begins after the middle, or
   less than 70 % of it is at its level, or more than the last tenth of the series has left it again,
   or there are too few iterations to tell, there is no steady state: then all iterations count.

The four kinds are those of E. Barrett et al., *Virtual Machine Warmup Blows Hot and Cold* (2017).
"""

import math
from itertools import accumulate
from typing import List, NamedTuple, Sequence, Tuple

FLAT = "flat"
WARMUP = "warmup"
SLOWDOWN = "slowdown"
NONE = "none"

MINIMUM_ITERATIONS = 10

_CUT = 12.0
_PENALTY = 8.0
_SAME_LEVEL = 0.02
_COVERED = 0.7
_LEFT_AGAIN = 0.1  # of the series: a shorter end at another level is a disturbance
_SHORTEST_TAIL = 5
_SMALLEST_NOISE = 1e-3  # of the median: below it every tremor of the clock would be a level
_MAXIMUM_SEGMENTS = 64


class Steady(NamedTuple):
    """How the series behaves, and how many of the first iterations are not steady yet."""

    kind: str
    warmups: int


def median(values: Sequence[float]) -> float:
    """The median; `values` must not be empty."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2.0


def noise(values: Sequence[float]) -> float:
    """The standard deviation of the noise, from the differences of neighbours."""
    steps = [abs(later - earlier) for earlier, later in zip(values, values[1:])]
    # 1.4826: from the median absolute deviation to sigma; sqrt 2: a difference has two noises
    return 1.4826 / math.sqrt(2.0) * median(steps)


def change_points(values: Sequence[float]) -> List[int]:
    """Where the level changes: the index of the first value of each segment but the first."""
    count = len(values)
    centre = median(values)
    unit = max(noise(values), _SMALLEST_NOISE * centre)
    if count < 2 or unit <= 0:
        return []
    scaled = [max(-_CUT, min(_CUT, (value - centre) / unit)) for value in values]
    sums = [0.0, *list(accumulate(scaled))]
    penalty = _PENALTY * math.log(count)
    points: List[int] = []
    waiting = [(0, count)]
    while waiting and len(points) < _MAXIMUM_SEGMENTS:
        start, end = waiting.pop()
        split, gain = _best_split(sums, start, end)
        if gain > penalty:
            points.append(split)
            waiting.extend([(start, split), (split, end)])
    return sorted(points)


def classify(values: Sequence[float]) -> Steady:
    """How the series behaves. Deterministic: the same series gives the same answer."""
    count = len(values)
    if count < MINIMUM_ITERATIONS:
        return Steady(NONE, 0)
    settled = list(values[count // 2 :])
    level = median(settled)
    width = max(_SAME_LEVEL * level, noise(settled))
    bounds = [0, *change_points(values), count]
    segments = [
        (start, end, median(values[start:end]) - level) for start, end in zip(bounds, bounds[1:])
    ]
    at_level = [(start, end) for start, end, offset in segments if abs(offset) <= width]
    if not at_level:
        return Steady(NONE, 0)
    begin = at_level[0][0]
    covered = sum(end - start for start, end in at_level)
    left_again = count - at_level[-1][1]
    if (
        begin > count // 2
        or covered < _COVERED * (count - begin)
        or left_again > _LEFT_AGAIN * count
    ):
        return Steady(NONE, 0)
    if begin == 0:
        return Steady(FLAT, 0)
    faster = any(offset < -width for start, _, offset in segments if start < begin)
    return Steady(SLOWDOWN if faster else WARMUP, begin)


def _best_split(sums: Sequence[float], start: int, end: int) -> Tuple[int, float]:
    """The index that divides [start, end) best, and by how much that lowers the sum of squares."""
    total, length = sums[end] - sums[start], end - start
    last = end - _SHORTEST_TAIL
    if last <= start:
        return start, 0.0
    offset = sums[start]
    mean = total / length
    # with d the prefix sum's distance from its expectation, the gain is d^2 * n / (k (n - k))
    gain, split = max(
        (
            (sums[index] - offset - mean * (index - start)) ** 2
            / ((index - start) * (end - index)),
            index,
        )
        for index in range(start + 1, last + 1)
    )
    return split, gain * length
