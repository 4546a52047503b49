"""The shapes of the operands, and the check of all products of a batch."""

from typing import Any, Callable, List, Mapping, Tuple

from pis import freivalds
from pis.workload import Check


def shapes(parameters: Mapping[str, Any]) -> Tuple[Tuple[int, ...], Tuple[int, ...]]:
    """How A and B lie in memory; a batch of one has no dimension of its own."""
    m, n, k = parameters["m"], parameters["n"], parameters["k"]
    batch = () if parameters["batch"] == 1 else (parameters["batch"],)
    a = (k, m) if parameters["transpose_a"] else (m, k)
    b = (n, k) if parameters["transpose_b"] else (k, n)
    return (*batch, *a), (*batch, *b)


def check(
    parameters: Mapping[str, Any],
    a: Any,
    b: Any,
    c: Any,
    vectors: Any,
    arithmetic: str,
    wide: Callable[[Any], Any],
    join: Callable[[List[Any]], Any],
) -> Check:
    """Compare every product of the batch with its operands, given as they are multiplied."""
    if parameters["batch"] == 1:
        return freivalds.check(a, b, c, vectors, arithmetic, wide, join)
    worst = 0.0
    for one in range(parameters["batch"]):
        found = freivalds.check(a[one], b[one], c[one], vectors, arithmetic, wide, join)
        worst = freivalds.worst_of(worst, found.maximum_error)
    return Check(worst, freivalds.tolerance(parameters["k"], arithmetic))
