"""Many stacks against one reference, measured in rounds: a verdict for each that holds among all.

A round is one fresh run of every stack, in random order. A stack's value in a round is its
log-seconds minus the reference's. The number of rounds is fixed beforehand, so that the plain exact
signed-rank procedures of `amun_statistics.blocks` apply; whoever looks at many stacks finds some
difference by chance, so that verdicts rest on p-values adjusted for their number.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from amun_statistics.blocks import hodges_lehmann, signed_rank_interval, signed_rank_p_value
from amun_statistics.false_discovery import benjamini_hochberg
from amun_statistics.verdict import DEFAULT_BAND, Verdict

#: Of all that is called slower or faster (or equivalent), so much may be called so by chance.
FALSE_DISCOVERY_RATE = 0.05
CONFIDENCE = 0.95

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Time of a stack / time of the reference.

    `low` and `high` are the exact 95 % interval of this one ratio, None below six rounds; the two
    p-values are adjusted for the number of stacks.
    """

    rounds: int
    ratio: float
    low: float | None
    high: float | None
    difference_p: float
    equivalence_p: float
    verdict: Verdict


def contrasts(
    values: Mapping[Name, Sequence[float]], band: float = DEFAULT_BAND
) -> dict[Name, Contrast]:
    """The contrast of each stack that has a value; `values` are its log ratios, one a round."""
    names = [name for name, of_one in values.items() if of_one]
    margin = math.log1p(band)
    different = benjamini_hochberg([_difference_p(values[name], margin) for name in names])
    equivalent = benjamini_hochberg([_equivalence_p(values[name], margin) for name in names])
    return {
        name: _contrast(values[name], adjusted, equal)
        for name, adjusted, equal in zip(names, different, equivalent, strict=True)
    }


def rounds_needed(stacks: int) -> int:
    """Rounds from which on one stack among so many can be told apart, were it the only one.

    >>> rounds_needed(1), rounds_needed(23)
    (6, 10)
    """
    return math.ceil(math.log2(2 * stacks / FALSE_DISCOVERY_RATE))


def _contrast(values: Sequence[float], difference_p: float, equivalence_p: float) -> Contrast:
    centre = hodges_lehmann(values)
    interval = signed_rank_interval(values, (1 - CONFIDENCE) / 2)
    verdict: Verdict = "inconclusive"
    if difference_p <= FALSE_DISCOVERY_RATE:
        verdict = "slower" if centre > 0 else "faster"
    elif equivalence_p <= FALSE_DISCOVERY_RATE:
        verdict = "equivalent"
    return Contrast(
        rounds=len(values),
        ratio=math.exp(centre),
        low=None if interval is None else math.exp(interval[0]),
        high=None if interval is None else math.exp(interval[1]),
        difference_p=difference_p,
        equivalence_p=equivalence_p,
        verdict=verdict,
    )


def _difference_p(values: Sequence[float], margin: float) -> float:
    """Against "the ratio lies within the band": twice the smaller of two exact one-sided ones."""
    above = signed_rank_p_value(values, margin, "greater")
    below = signed_rank_p_value(values, -margin, "less")
    return min(1.0, 2 * min(above, below))


def _equivalence_p(values: Sequence[float], margin: float) -> float:
    """Against "the ratio lies outside the band": the larger of two exact one-sided ones."""
    above = signed_rank_p_value(values, -margin, "greater")
    below = signed_rank_p_value(values, margin, "less")
    return max(above, below)
