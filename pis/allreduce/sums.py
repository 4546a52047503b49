"""What the sum is made of, and how far rounding may take it from the exact one."""

import math

from pis.freivalds import UNIT_ROUNDOFF

#: Vectors are made and checked in blocks of so many numbers.
BLOCK = 1024 * 1024

# Sums of sums stay below 2 to this power, far from the end of float32 (2^127).
_LARGEST_POWER = 100


def seed_of(seed: int, rank: int) -> int:
    """The seed of one process's vector: different for each, and 32 bits as generators want it."""
    return (seed * 1000003 + rank) % 2**32


def rounds(processes: int) -> int:
    """How often a vector may be replaced by its sum over all processes before it is made anew.

    Each round multiplies it by their number.
    """
    return int(_LARGEST_POWER / math.log2(processes))


def tolerance(processes: int, sums: int) -> float:
    """The largest error of `sums` sums on end, relative to the sum of the absolute values.

    Each is made of p - 1 additions in whatever order, each of which rounds once.
    """
    return sums * processes * UNIT_ROUNDOFF["float32"]
