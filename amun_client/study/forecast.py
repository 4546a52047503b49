"""How long the rest of a study takes, from what was measured of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median

from amun_client.study.plan import Cell


def remaining_seconds(
    missing: Iterable[Cell], seconds: Mapping[int, Sequence[float]]
) -> float | None:
    """The sum of what each missing cell's value took; None where nothing was measured yet.

    A value that was not measured yet is taken to need as long as the values that were, on average.
    """
    typical = {value: median(taken) for value, taken in seconds.items() if taken}
    if not typical:
        return None
    otherwise = fmean(typical.values())
    return sum(typical.get(cell.value, otherwise) for cell in missing)
