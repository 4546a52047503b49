"""The data of a sparse product, its check, and the dense product beside it."""

import math
from typing import Any, Callable, Dict, List

from pis import freivalds, harness, steady
from pis.work import sparse_product, sparse_sheet
from pis.workload import Check, Workload

#: The dense product is timed for at most so many calls and, behind the first, so many seconds.
DENSE_CALLS = 20
DENSE_SECONDS = 1.0


def expected_nonzeros(rows: int, inner: int, sparsity: float) -> int:
    """Entries that are left, as expected: each becomes zero with probability `sparsity`."""
    return round(rows * inner * (1 - sparsity))


class SparseProduct(Workload):
    """What stands behind a framework's own base.

    `prepare` sets `nonzeros`, which it counts in what the framework has made of the dense A, and
    `dense_step`, the product of the same operands as dense ones.
    """

    nonzeros = 0
    step: Callable[[], Any]
    dense_step: Callable[[], Any]

    def operations(self) -> int:
        """Operations on the entries that are stored."""
        return sparse_product(self.nonzeros, self.parameters["n"])

    def figures(self, _values: List[float], seconds: float) -> Dict[str, float]:
        """The dense product, and what DeepBench's sheets would say."""
        m, n, k = (self.parameters[side] for side in "mnk")
        dense = timed(self.dense_step)
        return {
            "nonzeros": float(self.nonzeros),
            "sheet_rate": sparse_sheet(m, n, k, self.parameters["sparsity"]) / seconds / 1e9,
            "dense_elapsed": dense * 1e3,
            "speedup": dense / seconds,
        }

    def sparse(self, uniform: Any) -> Any:
        """A from random numbers in [-1, 1): brought to [0, 1), zero below `sparsity`."""
        uniform += 1.0
        uniform *= 0.5
        uniform *= uniform >= self.parameters["sparsity"]
        return uniform


def timed(step: Callable[[], Any]) -> float:
    """Median seconds of a step, of as many calls as there is time for; the first is left out."""
    first = harness.measure(step, 1).values[0]
    calls = max(1, min(DENSE_CALLS, math.floor(DENSE_SECONDS / max(first, 1e-9))))
    return steady.median(harness.measure(step, calls).values)


def check(
    a: Any,
    b: Any,
    c: Any,
    vectors: Any,
    arithmetic: str,
    wide: Callable[[Any], Any],
    join: Callable[[List[Any]], Any],
) -> Check:
    """Compare C with the product of the dense A and B; vectors are taken as matrices."""
    inner, columns = len(b), len(vectors)
    return freivalds.check(
        a, b.reshape(inner, columns), c.reshape(len(a), columns), vectors, arithmetic, wide, join
    )
