"""The check of a product C = A B, without computing the product again (Freivalds' check).

For vectors x of random signs, C x is compared with A (B x), all in float64: that takes some
2 n^2 operations for each vector instead of 2 n^3, and sees every entry of C. Row i of the
difference is divided by (|A| |B| 1)_i / sqrt(n), n the columns of C, which is what n independent
entries with an error of 1 relative to |A| |B| would add up to. So the error reads in units of
"relative to |A| |B|", the units of the bound |fl(AB) - AB| <= k u |A| |B| for inner products of
length k (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.5).

The code uses operators only, so that NumPy arrays and PyTorch tensors both pass through it.
"""

import math
import random
from typing import Any, Callable, List

from pis.workload import Check

#: unit roundoff of each type: 2^-p for p significand bits; "tf32" is what some GPUs do for float32;
#: sums of int8 are exact
UNIT_ROUNDOFF = {
    "float64": 2.0**-53,
    "float32": 2.0**-24,
    "tf32": 2.0**-11,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
    "int8": 0.0,
}

VECTORS = 2

# Elements of a block in float64: bounds the memory of the check (32 MiB) for large matrices.
_BLOCK_ELEMENTS = 4 * 1024 * 1024


def tolerance(length: int, arithmetic: str) -> float:
    """The largest error that rounding may cause in inner products of the given length.

    With random data the rounding errors of one entry add up as a random walk, to a few u; the
    worst of many entries stays far below (4 sqrt(n) + 8) u, and a wrong entry far above.
    """
    return (4.0 * math.sqrt(length) + 8.0) * UNIT_ROUNDOFF[arithmetic]


def signs(size: int, seed: int) -> List[List[float]]:
    """Rows of random signs, one column for each vector and a last column of ones."""
    generator = random.Random(seed)
    return [
        [1.0 if generator.random() < 0.5 else -1.0 for _ in range(VECTORS)] + [1.0]
        for _ in range(size)
    ]


def worst_of(worst: float, error: float) -> float:
    """The larger error; one that is not a number stays for ever."""
    return worst if math.isnan(worst) or worst > error else error


def check(
    a: Any,
    b: Any,
    c: Any,
    vectors: Any,
    arithmetic: str,
    wide: Callable[[Any], Any],
    join: Callable[[List[Any]], Any],
) -> Check:
    """Compare `c` with the product of `a` and `b`.

    `vectors` are the `signs` of the columns of `c` as a float64 array, `wide` turns a block of rows
    into float64, `join` puts blocks of rows together.
    """
    inner, columns = len(b), len(vectors)
    x, ones = vectors[:, :VECTORS], vectors[:, VECTORS:]
    bx = join([wide(b[block]) @ x for block in _blocks(inner, columns)])
    b_sizes = join([abs(wide(b[block])) @ ones for block in _blocks(inner, columns)])
    worst = 0.0
    for block in _blocks(len(a), max(inner, columns)):
        rows_of_a = wide(a[block])
        scale = abs(rows_of_a) @ b_sizes / math.sqrt(columns) + 1e-300
        error = (abs(wide(c[block]) @ x - rows_of_a @ bx) / scale).max()
        worst = worst_of(worst, float(error))
    return Check(worst, tolerance(inner, arithmetic))


def _blocks(rows: int, length: int) -> List[slice]:
    step = max(1, _BLOCK_ELEMENTS // length)
    return [slice(start, start + step) for start in range(0, rows, step)]
