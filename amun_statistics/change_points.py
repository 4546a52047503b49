"""Where the level of a series changes: of results over time, of blocks of a host over the hours.

Estimand: the indices at which the location of the distribution changes, the values being
independent of each other but for that. Give it one value per run or per block: iterations of one
run follow each other and would show changes that are none.

A candidate place is judged by the Wilcoxon rank-sum statistic of what lies before and after it
within an interval (a CUSUM of ranks: A. N. Pettitt 1979), so that far values weigh no more than
their rank and nothing need be known of the noise. The intervals are the seeded ones of S. Kovács,
P. Bühlmann, H. Li and A. Munk, *Seeded binary segmentation* (2023): every place lies amid intervals
of all lengths, hence a short episode is not hidden by what surrounds it. The strongest significant
place is taken, every interval across it is dropped, and so on until none is significant.

The error held is the familywise one: a series without a change shows any with probability at most
`alpha`, by Bonferroni over all places of all intervals. The tail of the rank sum is taken from the
normal distribution, whose own tail is heavier so far out: it errs to the safe side.

That holds while no two values are equal. With ties (peak memory, counts, a coarse clock) a few rare
values make a rank sum far from normal, so a change is then believed only if its strength is also
beyond what the same values show in random order: the largest strength of each of 399 shuffles is a
draw from the very distribution that holds without a change, and with the observed one they are
exchangeable, so that being above all but 9 of them has probability 10/400 (the Monte Carlo
test of M. Dwass 1957). Half of alpha is taken for it, so that what is held is held with room to spare.
Shuffles are drawn by a fixed seed: the same series has the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Fewer values than this are no level of their own.
MINIMUM_LENGTH = 5

_DECAY = math.sqrt(2)
_SHUFFLES = 399
_SEED = 20261201


@dataclass(frozen=True, slots=True)
class Segment:
    """The values from `start` up to but not including `end` are at one level: their median."""

    start: int
    end: int
    median: float


class _Split(NamedTuple):
    strength: float
    place: int
    start: int
    end: int


def change_points(
    values: Sequence[float], *, minimum_length: int = MINIMUM_LENGTH, alpha: float = 0.05
) -> list[int]:
    """The index of the first value of each level but the first, in order.

    No level is shorter than `minimum_length`. A step needs about 10 values on both sides to be seen
    even where nothing overlaps: fewer ranks cannot be that improbable.
    """
    if minimum_length < 2:
        raise ValueError(f"a level of {minimum_length} values is none")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha} is not between 0 and 1")
    if not all(map(math.isfinite, values)):
        raise ValueError("values must be finite")
    intervals = _seeded_intervals(len(values), 2 * minimum_length)
    places = sum(end - start - 2 * minimum_length + 1 for start, end in intervals)
    if not places:
        return []
    threshold = NormalDist().inv_cdf(1 - alpha / (2 * places))
    splits = [_best_split(values, start, end, minimum_length) for start, end in intervals]
    tied = len(set(values)) < len(values)
    if tied and max(split.strength for split in splits) > threshold:
        threshold = max(threshold, _strength_of_chance(values, intervals, minimum_length, alpha))
    found: list[int] = []
    while splits := [split for split in splits if split.strength > threshold]:
        place = max(splits).place
        found.append(place)
        splits = [split for split in splits if not split.start < place < split.end]
    return sorted(found)


def segments(
    values: Sequence[float], *, minimum_length: int = MINIMUM_LENGTH, alpha: float = 0.05
) -> list[Segment]:
    """The levels of the series, each with its median; one segment where nothing changes."""
    if not values:
        return []
    points = change_points(values, minimum_length=minimum_length, alpha=alpha)
    bounds = [0, *points, len(values)]
    return [Segment(start, end, median(values[start:end])) for start, end in pairwise(bounds)]


def _seeded_intervals(n: int, shortest: int) -> list[tuple[int, int]]:
    """Layers of evenly spread, overlapping intervals; each layer's are shorter by sqrt(2)."""
    intervals: dict[tuple[int, int], None] = {}
    length = float(n)
    while length >= shortest:
        count = 2 * math.ceil(n / length) - 1
        shift = (n - length) / (count - 1) if count > 1 else 0.0
        for index in range(count):
            start = math.floor(index * shift)
            intervals[start, min(n, math.ceil(index * shift + length))] = None
        length /= _DECAY
    return list(intervals)


def _best_split(values: Sequence[float], start: int, end: int, minimum_length: int) -> _Split:
    """The place whose two sides differ most in rank, and by how many standard deviations."""
    import numpy as np

    strengths = _strengths(np.asarray(values[start:end], dtype=float)[np.newaxis], minimum_length)[
        0
    ]
    best = int(np.argmax(strengths))
    return _Split(float(strengths[best]), start + minimum_length + best, start, end)


def _strengths(series: NDArray[np.float64], minimum_length: int) -> NDArray[np.float64]:
    """Per row of `series` and per place, by how many standard deviations the two sides differ."""
    import numpy as np
    from scipy.stats import rankdata  # takes most of a second to import

    n = series.shape[1]
    deviations = rankdata(series, axis=1) - (n + 1) / 2
    before = np.arange(minimum_length, n - minimum_length + 1)
    # the variance of a sum of ranks drawn without replacement; ties are in it
    spread = np.einsum("ij,ij->i", deviations, deviations)[:, np.newaxis]
    variance = before * (n - before) / (n * (n - 1)) * spread
    sums = np.abs(np.cumsum(deviations, axis=1)[:, before - 1])
    strengths: NDArray[np.float64] = np.divide(
        sums, np.sqrt(variance), out=np.zeros_like(sums), where=variance > 0
    )
    return strengths


def _strength_of_chance(
    values: Sequence[float], intervals: Sequence[tuple[int, int]], minimum_length: int, alpha: float
) -> float:
    """What the largest strength of the same values in random order exceeds with probability alpha."""
    import numpy as np

    shuffled = np.tile(np.asarray(values, dtype=float), (_SHUFFLES, 1))
    shuffled = np.random.default_rng(_SEED).permuted(shuffled, axis=1)
    largest = np.zeros(_SHUFFLES)
    for start, end in intervals:
        strengths = _strengths(shuffled[:, start:end], minimum_length)
        np.maximum(largest, strengths.max(axis=1), out=largest)
    beyond = math.floor(alpha / 2 * (_SHUFFLES + 1))
    return float(np.sort(largest)[-beyond]) if beyond else math.inf
