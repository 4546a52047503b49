"""How many blocks would decide a comparison that is still open, and whether that is worth it.

Predictive power: D. J. Spiegelhalter, L. S. Freedman and P. R. Blackburn, *Monitoring clinical
trials: conditional or predictive power?* (1986). Given n blocks with an estimate e and an interval
of half-width h, a flat prior on the truth makes the estimate after N blocks normal about e with the
variance s^2 (1/n - 1/N), s^2/n being what h says of it; the half-width is then h sqrt(n/N).
Estimand: the probability that a single look at N blocks gives a verdict other than inconclusive.

Projecting with the estimate alone, as if e were the truth, is simpler and wrong early: after ten
blocks e is often near the edge of the band by chance, and nothing seems ever to decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

from amun_statistics.sequential import ALPHA_PER_LOOK, LOOKS

#: How far ahead a number of blocks is named.
FARTHEST = 100_000

_NORMAL = NormalDist()
_STEP = 1.05


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where an open comparison stands, in logarithms: estimate, half-width of the interval, n.

    `margin` is the logarithm of the band's edge.
    """

    estimate: float
    half_width: float
    blocks: int
    margin: float

    def chance_at(self, total: int) -> float:
        """The predictive probability that the look at `total` blocks decides."""
        if total <= self.blocks or self.half_width <= 0:
            return 0.0  # it is open now, and no new block would change anything
        done = self.blocks / total
        standard_error = self.half_width / _NORMAL.inv_cdf(1 - ALPHA_PER_LOOK)
        future = NormalDist(self.estimate, standard_error * math.sqrt(1 - done))
        half_width = self.half_width * math.sqrt(done)
        outside = self.margin + half_width
        inside = self.margin - half_width
        chance = future.cdf(-outside) + future.cdf(2 * self.estimate - outside)
        if inside > 0:
            chance += future.cdf(inside) - future.cdf(-inside)
        return chance

    def blocks_to_decide(self) -> int | None:
        """The number of blocks in all at which the chance of a verdict reaches one half.

        Up to the last planned look it is one of the looks. None beyond 100,000, and where there is
        no spread to project from.
        """
        return next((total for total in self._totals() if self.chance_at(total) >= 0.5), None)

    def _totals(self) -> Iterator[int]:
        yield from (look for look in LOOKS if look > self.blocks)
        total = float(max(self.blocks, LOOKS[-1]))
        while (total := total * _STEP) <= FARTHEST:
            yield math.ceil(total)
