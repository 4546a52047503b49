"""PiGemm on PyTorch: `torch.matmul` of views, from which it takes the transpose flags.

Its product of int8 knows no batch: there it is one call for each product.
"""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.gemm import operands
from pis.on_torch import OnTorch
from pis.workload import Check


class GemmOnTorch(OnTorch):
    """General products by PyTorch."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        a, b = operands.shapes(self.parameters)
        self.a, self.b = self.uniform(*a), self.uniform(*b)
        if self.parameters["transpose_a"]:
            self.a = self.a.transpose(-1, -2)
        if self.parameters["transpose_b"]:
            self.b = self.b.transpose(-1, -2)
        product = self.product()
        if self.stored == "int8" and self.parameters["batch"] > 1:
            pairs = list(zip(self.a, self.b))
            return self.timed(lambda: [product(a, b) for a, b in pairs])
        return self.timed(partial(product, self.a, self.b))

    def check(self) -> Check:
        return operands.check(
            self.parameters,
            self.a,
            self.b,
            self.step(),
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.torch.cat,
        )


WORKLOAD = GemmOnTorch
