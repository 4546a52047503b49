"""The check of the triad: every element against its definition in float64."""

from typing import Any, Callable

from pis.freivalds import UNIT_ROUNDOFF, worst_of
from pis.workload import Check

SCALAR = 3.0

# Elements of a block in float64: bounds the memory of the check.
_BLOCK_ELEMENTS = 1024 * 1024


def check(a: Any, b: Any, c: Any, dtype: str, wide: Callable[[Any], Any]) -> Check:
    """Compare `a` with b + 3 c. Two roundings explain an error of 2 u (|b| + 3 |c|)."""
    worst = 0.0
    for start in range(0, len(a), _BLOCK_ELEMENTS):
        block = slice(start, start + _BLOCK_ELEMENTS)
        first, second = wide(b[block]), SCALAR * wide(c[block])
        scale = abs(first) + abs(second) + 1e-300
        worst = worst_of(worst, float((abs(wide(a[block]) - first - second) / scale).max()))
    # one u for the reference, which rounds as well where the type is float64
    return Check(worst, 3.0 * UNIT_ROUNDOFF[dtype])
