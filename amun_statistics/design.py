"""What the sequential design answers where the truth is known: the simulation behind its constants.

Blocks of standard deviation 0.056, which is what two threads on a shared virtual machine show, and
of 0.2, which is what one thread there shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from amun_statistics.noise import BLOCK_SHAPES
from amun_statistics.sequential import LOOKS
from amun_statistics.verdict import Decision, decide_in_sequence, futile

#: True ratios: no difference, half the band, its edge, a difference that matters.
RATIOS = (1.0, 1.01, 1.02, 1.05)

SPREADS = (0.056, 0.2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the simulated comparisons of one true ratio and one shape of noise."""

    ratio: float
    shape: str
    spread: float
    give_up: bool
    trials: int
    slower: float
    faster: float
    equivalent: float
    given_up: float
    blocks_mean: float
    blocks_p90: float
    coverage: float


def simulate(
    ratio: float,
    shape: str,
    trials: int,
    *,
    spread: float = SPREADS[0],
    give_up: bool = True,
    seed: int = 21,
) -> Outcome:
    """Many comparisons of one truth, each run to its end. The same seed, the same outcome."""
    random = np.random.default_rng([seed, round(ratio * 10_000)])
    blocks = BLOCK_SHAPES[shape](random, (trials, LOOKS[-1])) * spread + math.log(ratio)
    ends = [decide_in_sequence(row, give_up=give_up) for row in blocks.tolist()]
    used = [end.blocks for end in ends]
    return Outcome(
        ratio=ratio,
        shape=shape,
        spread=spread,
        give_up=give_up,
        trials=trials,
        slower=_share(ends, "slower"),
        faster=_share(ends, "faster"),
        equivalent=_share(ends, "equivalent"),
        given_up=sum(give_up and futile(end) for end in ends) / trials,
        blocks_mean=float(np.mean(used)),
        blocks_p90=float(np.quantile(used, 0.9)),
        coverage=sum((end.low or 0) <= ratio <= (end.high or math.inf) for end in ends) / trials,
    )


def text(trials: int = 2000) -> Iterator[str]:
    """The table of the design, with giving up and without."""
    yield (
        "ratio shape        spread gives up  slower %  faster %  equivalent %  given up %"
        "  blocks mean/p90  coverage %"
    )
    for spread in SPREADS:
        for give_up in (False, True):
            for ratio in RATIOS:
                for shape in BLOCK_SHAPES:
                    yield _line(simulate(ratio, shape, trials, spread=spread, give_up=give_up))


def _share(ends: list[Decision], verdict: str) -> float:
    return sum(end.verdict == verdict for end in ends) / len(ends)


def _line(row: Outcome) -> str:
    blocks = f"{row.blocks_mean:.0f} / {row.blocks_p90:.0f}"
    return (
        f"{row.ratio:<5.3f} {row.shape:<12} {row.spread:>6} {'yes' if row.give_up else 'no':>8} "
        f"{100 * row.slower:>9.2f} {100 * row.faster:>9.2f} {100 * row.equivalent:>13.1f} "
        f"{100 * row.given_up:>11.1f} {blocks:>16} {100 * row.coverage:>11.1f}"
    )
