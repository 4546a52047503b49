"""What each version of each package costs, from stacks that differ in several packages at once.

Model: in a round, the log-seconds of a stack are a constant of the round, plus one effect for each
version that is not the reference's, plus noise. The effects are the least-squares estimates of that
main-effects model (G. E. P. Box, J. S. Hunter and W. G. Hunter, *Statistics for Experimenters*, 2nd
edition 2005, chapters 5 and 6): an effect is a mean over the other packages' versions in the sweep.

Each round gives one estimate of each effect. Its centre and interval over the rounds are those of a
block (`amun_statistics.blocks`): Hodges-Lehmann, and Wilcoxon's signed rank inverted. Rounds repeat
what a stack does beyond the sum of its packages; where stacks are left over, Student's interval of
the stacks' residuals sees that, and the wider of the two ends is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amun_statistics.blocks import hodges_lehmann, signed_rank_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Package -> version; what a stack lacks has no entry.
Stack = Mapping[str, str]

CONFIDENCE = 0.95
#: With fewer stacks left over, Student's interval says nothing of use.
FEWEST_LEFT_OVER = 3
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a package, and the reference's; None: the package is not in the stack."""

    package: str
    version: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """Time with these versions / time with the reference's, the other packages equal.

    Several versions are one effect where they only ever vary together. `stacks` have them. `low`
    and `high` are None below six rounds.
    """

    versions: tuple[Version, ...]
    stacks: int
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class MainEffects:
    """The effects that the stacks separate, and the packages of which they separate none.

    `as_noise` are packages that differ too and were not told apart: their effect is in the noise.
    """

    effects: tuple[Effect, ...]
    as_noise: tuple[str, ...] = ()
    inseparable: tuple[Version, ...] = ()
    rounds: int = 0


def main_effects(
    reference: Stack,
    stacks: Sequence[Stack],
    values: Sequence[Sequence[float]],
    *,
    named: Sequence[str] = (),
) -> MainEffects:
    """The effects, from the log ratios `values[stack][round]` of each stack to the reference.

    Where the stacks do not separate all packages, those `named` alone are told apart.
    """
    differing = _differing(reference, stacks)
    if not stacks or not differing:
        return MainEffects(())
    columns, unknown = _separable(reference, stacks, differing)
    noise: list[str] = []
    wanted = [name for name in differing if name in named]
    if unknown and wanted and len(wanted) < len(differing):
        columns, unknown = _separable(reference, stacks, wanted)
        noise = [name for name in differing if name not in wanted]
    effects = _estimate(columns, unknown, values)
    inseparable = tuple(version for versions in unknown for version in versions)
    return MainEffects(effects, tuple(noise), inseparable, len(values[0]))


def _differing(reference: Stack, stacks: Sequence[Stack]) -> list[str]:
    names = {name for stack in (reference, *stacks) for name in stack}
    return sorted(
        name for name in names if any(one.get(name) != reference.get(name) for one in stacks)
    )


#: Versions that vary together, by which of the stacks have them.
_Columns = dict[tuple[bool, ...], list[Version]]


def _separable(
    reference: Stack, stacks: Sequence[Stack], packages: Sequence[str]
) -> tuple[_Columns, list[list[Version]]]:
    """All columns of the model, and the versions of which the effect is not determined."""
    import numpy as np

    columns: _Columns = {}
    for package in packages:
        standard = reference.get(package)
        for version in dict.fromkeys(stack.get(package) for stack in stacks):
            if version != standard:
                has = tuple(stack.get(package) == version for stack in stacks)
                columns.setdefault(has, []).append(Version(package, version, standard))
    design = np.array(list(columns), dtype=float).T
    # an effect is determined where no other mixture of effects looks the same in every stack
    _, sizes, rows = np.linalg.svd(design, full_matrices=True)
    rank = int(np.count_nonzero(sizes > _NOTHING * max(design.shape)))
    loose = np.abs(rows[rank:]).max(axis=0, initial=0.0) > 1e-6
    groups = list(columns.values())
    return columns, [group for group, open_ in zip(groups, loose, strict=True) if open_]


def _estimate(
    columns: _Columns,
    unknown: Sequence[Sequence[Version]],
    values: Sequence[Sequence[float]],
) -> tuple[Effect, ...]:
    import numpy as np

    measured = np.asarray(values, dtype=np.float64)
    # the reference is a stack of its own, with nothing but the constant of the round
    design = np.vstack([np.zeros(len(columns)), np.array(list(columns), dtype=float).T])
    design = np.column_stack([np.ones(len(design)), design])
    times = np.vstack([np.zeros(measured.shape[1]), measured])
    solving = np.linalg.pinv(design)
    by_round = (solving @ times)[1:]
    widths = _half_widths(design, solving, times)
    open_ = {id(group) for group in unknown}
    return tuple(
        _effect(tuple(group), sum(has), by_round[place], widths[place])
        for place, (has, group) in enumerate(columns.items())
        if id(group) not in open_
    )


def _half_widths(
    design: NDArray[np.float64], solving: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Student's half width of each effect from the stacks' residuals; 0 where too few are left."""
    import numpy as np

    means = times.mean(axis=1)
    left = len(means) - int(np.linalg.matrix_rank(design))
    if left < FEWEST_LEFT_OVER:
        return np.zeros(design.shape[1] - 1)
    from scipy.stats import t  # takes most of a second to import

    residuals = means - design @ (solving @ means)
    spread = float(residuals @ residuals) / left
    variances = (solving**2).sum(axis=1)[1:] * spread
    half: NDArray[np.float64] = t.ppf((1 + CONFIDENCE) / 2, left) * np.sqrt(variances)
    return half


def _effect(
    versions: tuple[Version, ...], stacks: int, by_round: NDArray[np.float64], half: float
) -> Effect:
    values = [float(value) for value in by_round]
    centre = hodges_lehmann(values)
    interval = signed_rank_interval(values, (1 - CONFIDENCE) / 2)
    low, high = (None, None) if interval is None else interval
    return Effect(
        versions=versions,
        stacks=stacks,
        ratio=math.exp(centre),
        low=None if low is None else math.exp(min(low, centre - half)),
        high=None if high is None else math.exp(max(high, centre + half)),
    )
