"""PiGemm on NumPy: `numpy.matmul` of views, from which it takes the transpose flags of its BLAS."""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.gemm import operands
from pis.on_numpy import OnNumpy
from pis.workload import Check


class GemmOnNumpy(OnNumpy):
    """General products by NumPy, that is by the BLAS that it was built with."""

    def prepare(self) -> Callable[[], Any]:
        a, b = operands.shapes(self.parameters)
        self.a, self.b = self.uniform(*a), self.uniform(*b)
        if self.parameters["transpose_a"]:
            self.a = self.a.swapaxes(-1, -2)
        if self.parameters["transpose_b"]:
            self.b = self.b.swapaxes(-1, -2)
        self.step = partial(self.numpy.matmul, self.a, self.b)
        return self.step

    def check(self) -> Check:
        return operands.check(
            self.parameters,
            self.a,
            self.b,
            self.step(),
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.parameters["dtype"],
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = GemmOnNumpy
