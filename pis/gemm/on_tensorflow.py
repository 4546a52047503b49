"""PiGemm on TensorFlow: `tf.linalg.matmul` with its transpose flags."""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.gemm import operands
from pis.on_tensorflow import OnTensorflow
from pis.workload import Check


class GemmOnTensorflow(OnTensorflow):
    """General products by TensorFlow."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        a, b = operands.shapes(self.parameters)
        product = partial(
            self.product(),
            transpose_a=self.parameters["transpose_a"],
            transpose_b=self.parameters["transpose_b"],
        )
        return self.timed(product, self.uniform(*a), self.uniform(*b))

    def check(self) -> Check:
        a, b, c = self.fetched()
        if self.parameters["transpose_a"]:
            a = a.swapaxes(-1, -2)
        if self.parameters["transpose_b"]:
            b = b.swapaxes(-1, -2)
        return operands.check(
            self.parameters,
            a,
            b,
            c,
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = GemmOnTensorflow
