"""The list of all_reduce_problems.h, in its order: floats of one process, repeats."""

from typing import Tuple

Row = Tuple[int, int]

#: Floats as the header has them -> as the sheets have them.
SLIPS = {16777217: 16777216}

TRAINING: Tuple[Row, ...] = (
    (100000, 10000),
    (3097600, 10000),
    (4194304, 10000),
    (6553600, 10000),
    (16777217, 1000),
    (38360000, 1000),
    (64500000, 1000),
)
