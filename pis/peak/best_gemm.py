"""The search for the fastest shape of a product, on any framework that has PiGemm."""

import time
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple

from pis.work import gemm
from pis.workload import Workload

#: A shape is tried for so many calls behind an untimed one, and at least so long.
CALLS = 5
SECONDS = 0.05

#: A shape whose call would take longer than this is not tried.
LONGEST_CALL = 0.5

_SMALLEST = 256

Clock = Callable[[], float]


class Shape(NamedTuple):
    """Rows, columns and inner length of a product."""

    m: int
    n: int
    k: int

    @property
    def operations(self) -> int:
        """Floating-point operations of the product."""
        return gemm(self.m, self.n, self.k)

    def __str__(self) -> str:
        return f"{self.m}x{self.n}x{self.k}"


def shapes(largest: int) -> Iterator[Shape]:
    """Shapes by their size: squares, and flat products whose inner length suits a cache.

    Sides grow by 3/2 and 4/3 in turn. 960 is a multiple of every register tile (4, 5, 6, 8, 12,
    16 rows and columns), which powers of two are not.
    """
    side, number = min(_SMALLEST, largest), 0
    while side <= largest:
        yield Shape(side, side, side)
        if side >= 2 * _SMALLEST:
            yield Shape(side, side, _SMALLEST)
        if side == 768 and largest >= 960:
            yield Shape(960, 960, 960)
        side = side * 3 // 2 if number % 2 == 0 else side * 4 // 3
        number += 1


class BestGemm(Workload):
    """What stands before a framework's PiGemm: its products in the fastest shape."""

    def prepare(self) -> Callable[[], Any]:
        """Try the shapes; return the product in the fastest one."""
        self._given = self.parameters
        self.tried: Dict[Shape, float] = {}
        for shape in shapes(self._given["largest"]):
            if self.tried and shape.operations * self._slowness() > LONGEST_CALL:
                continue
            self._try(shape)
        # once more the other way round: a moment in which others had the machine decides nothing
        for shape in reversed(list(self.tried)):
            self._try(shape)
        self.shape = max(self.tried, key=lambda shape: self.tried[shape])
        return self._in_shape(self.shape)

    def operations(self) -> int:
        """Operations of the product in the fastest shape."""
        return self.shape.operations

    def figures(self, values: List[float], _seconds: float) -> Dict[str, float]:
        """The peak: from the fastest call of all that were made, GFLOPS."""
        return {"peak_rate": max(*self.tried.values(), self.operations() / min(values)) / 1e9}

    def facts(self) -> Dict[str, Any]:
        """Which shape it is, and how fast each was that was tried."""
        facts = super().facts()
        facts["shape"] = str(self.shape)
        facts["tried_gflops"] = {str(shape): rate / 1e9 for shape, rate in self.tried.items()}
        return facts

    def _try(self, shape: Shape) -> None:
        rate = try_out(self._in_shape(shape), shape.operations)
        self.tried[shape] = max(rate, self.tried.get(shape, 0.0))

    def _in_shape(self, shape: Shape) -> Callable[[], Any]:
        self.parameters = parameters_of(shape, self._given)
        return super().prepare()

    def _slowness(self) -> float:
        """Seconds of one operation in the shape that was tried last: the next one is like it."""
        return 1.0 / list(self.tried.values())[-1]


def parameters_of(shape: Shape, given: Mapping[str, Any]) -> Dict[str, Any]:
    """The parameters of PiGemm for this shape."""
    return {
        **given,
        "m": shape.m,
        "n": shape.n,
        "k": shape.k,
        "transpose_a": False,
        "transpose_b": False,
        "batch": 1,
    }


def try_out(step: Callable[[], Any], operations: int, clock: Clock = time.perf_counter) -> float:
    """Operations in a second of the fastest call: the first is not timed, it may compile."""
    step()
    spent, best, calls = 0.0, float("inf"), 0
    while calls < CALLS or spent < SECONDS:
        start = clock()
        step()
        seconds = clock() - start
        spent, best, calls = spent + seconds, min(best, seconds), calls + 1
    return operations / best
