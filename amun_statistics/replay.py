"""Recorded A/A blocks lived through again as many comparisons, to see how often they end wrongly.

A block is the seconds of four fresh runs of one stack in the order in which they were made; it says
nothing of A and B before a coin names them ABBA or BAAB. A replayed comparison begins at a random
place of the record, takes the blocks from there on as they followed one another (so that drift and
bad quarters of an hour stay what they were), throws the coin of each block anew, and ends as
`amun_statistics.verdict.decide_in_sequence` ends. The truth is known: exp(shift).

What the numbers can bear: places and coins are drawn independently, so that, given the record, the
replayed comparisons are independent trials and their binomial bound is exact for this record. But
windows overlap: ten thousand replays of one record are not ten thousand days of a host. How many
windows lie side by side in the record (`disjoint_windows`) and how much the rate depends on the
place (`effective_comparisons`) are part of the outcome, for those who want to reckon with that.

The coin treats both arms alike. Where they were two builds of one stack, what one build is faster by
is spread over both signs and only widens the noise; the verdict on the blocks as they were measured
is the one that sees it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amun_statistics.binomial import lower_bound, upper_bound
from amun_statistics.blocks import block_log_ratio, critical_rank, walsh_averages
from amun_statistics.sequential import ALPHA_PER_LOOK, LOOKS, looks_taken
from amun_statistics.verdict import DEFAULT_BAND, Decision, Direction, Verdict, classify, futile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Comparisons whose Walsh averages are held in memory at a time: 15 MB at the last look.
_AT_ONCE = 256

#: Places of the record whose replays are one group where the dependence on the place is reckoned.
_PLACES_IN_A_GROUP = LOOKS[0]

#: What a decision at one look rests on: (interval or None, Hodges-Lehmann estimate), logarithms.
_Answer = tuple[tuple[float, float] | None, float]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One replayed comparison: where it began, how its coins fell, how it ended.

    `coins` has one entry for each block of the window, True for ABBA; the blocks after
    `decision.blocks` were not used. `decision.blocks_to_decide` is not worked out.
    """

    start: int
    coins: tuple[bool, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What became of the replayed comparisons; `slower` to `inconclusive` are numbers of them.

    A verdict is false where it claims what the true ratio exp(shift) denies: slower at a ratio of at
    most 1 + band, faster at one of at least 1 / (1 + band). `false_equivalent` counts the verdicts
    `equivalent` at a ratio on or beyond the band's edge. The bounds are one-sided, 95 %, exact for
    the record (see the module). `coverage` is the share of final intervals that hold the truth; a
    comparison too short for an interval holds everything.
    """

    comparisons: int
    slower: int
    faster: int
    equivalent: int
    inconclusive: int
    false_equivalent: int
    blocks_mean: float
    blocks_median: float
    blocks_p90: float
    coverage: float
    false_verdict_rate: float
    false_verdict_upper: float
    disjoint_windows: int
    effective_comparisons: float

    @property
    def equivalent_rate(self) -> float:
        """The share that ended equivalent."""
        return self.equivalent / self.comparisons

    @property
    def slower_lower(self) -> float:
        """The lower 95 % bound of the rate of `slower`."""
        return lower_bound(self.slower, self.comparisons)


def replay(
    blocks: Sequence[Sequence[float]],
    comparisons: int,
    seed: int,
    shift: float = 0.0,
    band: float = DEFAULT_BAND,
) -> ReplayOutcome:
    """Replay the recorded `blocks` as `comparisons` comparisons; see the module.

    `blocks` are the seconds of four runs each, in time order, the blocks too. `shift` is added to
    the log-seconds of B. Where fewer blocks than the last look are recorded, every comparison has
    all of them and ends there at the latest. The same seed gives the same outcome.
    """
    return summarise(list(replayed(blocks, comparisons, seed, shift, band)), len(blocks), shift)


def replayed(
    blocks: Sequence[Sequence[float]],
    comparisons: int,
    seed: int,
    shift: float = 0.0,
    band: float = DEFAULT_BAND,
) -> Iterator[Replayed]:
    """The replayed comparisons of `replay`, one by one."""
    import numpy as np

    if not blocks or any(len(block) != 4 for block in blocks):
        raise ValueError("a record is at least one block, and a block the seconds of four runs")
    if comparisons < 1:
        raise ValueError(f"{comparisons} comparisons are none")
    # what a block says when its coin fell on ABBA; BAAB turns the sign
    abba = np.array([block_log_ratio(block[::3], block[1:3]) for block in blocks])
    window = min(len(blocks), LOOKS[-1])
    random = np.random.default_rng(seed)
    starts = random.integers(0, len(blocks) - window + 1, comparisons)
    for first in range(0, comparisons, _AT_ONCE):
        some = starts[first : first + _AT_ONCE]
        coins = random.random((len(some), window)) < 0.5
        values = abba[some[:, None] + np.arange(window)] * np.where(coins, 1.0, -1.0) + shift
        for start, fell, decision in zip(some, coins, _ends(values, band), strict=True):
            yield Replayed(int(start), tuple(fell.tolist()), decision)


def summarise(ends: Sequence[Replayed], recorded: int, shift: float = 0.0) -> ReplayOutcome:
    """Count how the replayed comparisons of a record of `recorded` blocks ended."""
    import numpy as np

    decisions = [end.decision for end in ends]
    false = [_is_false(decision, shift) for decision in decisions]
    used = [decision.blocks for decision in decisions]
    counts = {name: _count(decisions, name) for name in _VERDICTS}
    beyond = abs(shift) >= math.log1p(decisions[0].band)
    return ReplayOutcome(
        comparisons=len(ends),
        slower=counts["slower"],
        faster=counts["faster"],
        equivalent=counts["equivalent"],
        inconclusive=counts["inconclusive"],
        false_equivalent=counts["equivalent"] if beyond else 0,
        blocks_mean=float(np.mean(used)),
        blocks_median=float(np.median(used)),
        blocks_p90=float(np.quantile(used, 0.9)),
        coverage=sum(_covers(decision, shift) for decision in decisions) / len(ends),
        false_verdict_rate=sum(false) / len(ends),
        false_verdict_upper=upper_bound(sum(false), len(ends)),
        disjoint_windows=recorded // min(recorded, LOOKS[-1]),
        effective_comparisons=len(ends) / _overdispersion([end.start for end in ends], false),
    )


_VERDICTS: tuple[Verdict, ...] = ("slower", "faster", "equivalent", "inconclusive")


def _ends(values: NDArray[np.float64], band: float) -> list[Decision]:
    """For each row of blocks the decision of `decide_in_sequence`, all rows look by look."""
    ends: dict[int, Decision] = {}
    for blocks in looks_taken(values.shape[1]):
        going = [row for row in range(len(values)) if row not in ends]
        last = blocks == values.shape[1]
        answers = _answers(values[going, :blocks]) if going else []
        for row, (interval, estimate) in zip(going, answers, strict=True):
            decision = _decision(interval, estimate, blocks, band)
            if last or decision.decided or futile(decision):
                ends[row] = decision
    return [ends[row] for row in range(len(values))]


def _answers(values: NDArray[np.float64]) -> Iterator[_Answer]:
    """Repeated interval and estimate of each row."""
    import numpy as np

    averages = walsh_averages(values)
    rank = critical_rank(values.shape[1], ALPHA_PER_LOOK)
    if rank == 0:
        for estimate in np.median(averages, axis=1).tolist():
            yield None, estimate
        return
    count = averages.shape[1]
    averages.partition([rank - 1, (count - 1) // 2, count // 2, count - rank], axis=1)
    middle = (averages[:, (count - 1) // 2] + averages[:, count // 2]) / 2
    ends = (averages[:, rank - 1], averages[:, count - rank], middle)
    for low, high, estimate in zip(*(end.tolist() for end in ends), strict=True):
        yield (low, high), estimate


def _decision(
    interval: tuple[float, float] | None, estimate: float, blocks: int, band: float
) -> Decision:
    low, high = interval or (-math.inf, math.inf)
    direction: Direction | None = "slower" if low > 0 else "faster" if high < 0 else None
    return Decision(
        verdict=classify(interval, band),
        direction=direction,
        ratio=math.exp(estimate),
        low=math.exp(low) if interval else None,
        high=math.exp(high) if interval else None,
        blocks=blocks,
        blocks_to_decide=None,
        band=band,
    )


def _count(decisions: Sequence[Decision], verdict: Verdict) -> int:
    return sum(decision.verdict == verdict for decision in decisions)


def _is_false(decision: Decision, shift: float) -> bool:
    margin = math.log1p(decision.band)
    if decision.verdict == "slower":
        return shift <= margin
    return decision.verdict == "faster" and shift >= -margin


def _covers(decision: Decision, shift: float) -> bool:
    return (decision.low or 0.0) <= math.exp(shift) <= (decision.high or math.inf)


def _overdispersion(starts: Sequence[int], hits: Sequence[bool]) -> float:
    """How many times more the rate varies between parts of the record than coins alone explain.

    Pearson's chi-squared of groups of neighbouring starting places over its degrees of freedom; 1
    where it is less, or where there is but one group or nothing to vary.
    """
    groups: dict[int, list[bool]] = {}
    for start, hit in zip(starts, hits, strict=True):
        groups.setdefault(start // _PLACES_IN_A_GROUP, []).append(hit)
    rate = sum(hits) / len(hits)
    if len(groups) < 2 or not 0 < rate < 1:
        return 1.0
    squares = sum((sum(group) - rate * len(group)) ** 2 / len(group) for group in groups.values())
    return max(1.0, squares / (rate * (1 - rate)) / (len(groups) - 1))
