"""The smallest true difference that a comparison on a host would find."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from amun_statistics.blocks import signed_rank_interval
from amun_statistics.sequential import ALPHA_PER_LOOK, LOOKS
from amun_statistics.verdict import DEFAULT_BAND

_NORMAL = NormalDist()
_ALPHA = 0.025


def block_spread(values: Sequence[float]) -> float | None:
    """The noise of a block as the estimator feels it; None below 6 blocks.

    Estimand: sqrt(n) times the standard error of the Hodges-Lehmann estimate of n such blocks. For
    normal noise that is the standard deviation (times 1.02); a few far values hardly move it.
    Source: the width of the signed-rank interval, E. L. Lehmann, *Nonparametric Confidence Intervals
    for a Shift Parameter* (1963): sqrt(n) (high - low) / (2 z) at one-sided alpha 0.025.
    """
    interval = signed_rank_interval(values, _ALPHA)
    if interval is None:
        return None
    low, high = interval
    return math.sqrt(len(values)) * (high - low) / (2 * _NORMAL.inv_cdf(1 - _ALPHA))


def least_detectable_effect(
    spread: float, blocks: int = LOOKS[-1], band: float = DEFAULT_BAND, power: float = 0.9
) -> float:
    """The ratio time B / time A above the band that is called slower with probability `power`.

    Its reciprocal is called faster as often. `spread` comes from `block_spread` of A/A blocks of the
    host. One look at `blocks` is reckoned with: (1 + band) exp((z_alpha + z_power) spread / sqrt(n)),
    the sample size formula of two normal tails turned round (J. Cohen, *Statistical Power Analysis*,
    chapter 2). The looks before it can only find more.
    """
    if spread < 0 or not math.isfinite(spread):
        raise ValueError(f"spread {spread} is not a finite number from 0 up")
    if blocks < 1:
        raise ValueError(f"{blocks} blocks are none")
    if not 0.5 <= power < 1:
        raise ValueError(f"power {power} is not from one half to below 1")
    tails = _NORMAL.inv_cdf(1 - ALPHA_PER_LOOK) + _NORMAL.inv_cdf(power)
    return (1 + band) * math.exp(tails * spread / math.sqrt(blocks))
