"""When a comparison is looked at, and what looking several times costs.

Seven looks, each with the interval at a one-sided alpha of 0.0055: however the comparison ends, the
chance that one of its intervals lies on the wrong side of the truth is about 2.5 % for each side.
Source: repeated confidence intervals, C. Jennison and B. W. Turnbull, *Interim Analyses: The
Repeated Confidence Interval Approach* (1989), with the constant boundary of S. J. Pocock (1977).
The looks are correlated, hence 0.0055 and not the 0.0036 of Bonferroni; the constant was found by
simulation (`python -m amun_statistics.coverage` repeats it), the interval at each look is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

from amun_statistics.blocks import Alternative, signed_rank_interval, signed_rank_p_value

#: Numbers of blocks at which a comparison may end by its data. The last is the cap.
LOOKS = (10, 16, 24, 36, 54, 80, 120)

#: One-sided error of the interval at each look.
ALPHA_PER_LOOK = 0.0055


def look_due(n: int) -> bool:
    """Whether a comparison is looked at after `n` blocks."""
    return n in LOOKS


def looks_taken(n: int) -> tuple[int, ...]:
    """The numbers of blocks at which a comparison of `n` blocks has been looked at.

    An end that the data did not choose (the time is up) takes the place of the look that would have
    come next. Blocks beyond the last look have not been looked at.
    """
    taken = tuple(look for look in LOOKS if look <= n)
    early = 0 < n < LOOKS[-1] and not look_due(n)
    return (*taken, n) if early else taken


def repeated_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The interval of log(time B / time A) at a look; None below 8 blocks.

    Estimand: see `amun_statistics.blocks`. It may be reported wherever the comparison stops.
    """
    return signed_rank_interval(values, ALPHA_PER_LOOK)


def sequential_p_value(
    values: Sequence[float], null: float, alternative: Alternative = "greater"
) -> float:
    """A p-value that holds at whichever look the comparison stopped.

    The smallest exact signed-rank p-value of the looks taken so far, times the number of planned
    looks (Bonferroni over looks). P(p <= alpha) <= alpha under every stopping rule, at every alpha:
    this is what a correction over many comparisons may be fed with; the p-value of the last look
    alone is not. `values` are blocks in the order in which they were measured.
    """
    smallest = min(
        (
            signed_rank_p_value(values[:blocks], null, alternative)
            for blocks in looks_taken(len(values))
        ),
        default=1.0,
    )
    return min(1.0, len(LOOKS) * smallest)
