"""PiGemm on JAX: `jax.numpy.matmul` of transposed operands, which its compiler takes as flags."""

from typing import Any, Callable, Tuple

from pis import freivalds
from pis.gemm import operands
from pis.on_jax import OnJax
from pis.workload import Check


class GemmOnJax(OnJax):
    """General products by JAX."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        a, b = operands.shapes(self.parameters)
        product = self.product()
        return self.timed(
            lambda a, b: product(*self._turned(a, b)), self.uniform(*a), self.uniform(*b)
        )

    def check(self) -> Check:
        a, b, c = self.fetched()
        a, b = self._turned(a, b)
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

    def _turned(self, a: Any, b: Any) -> Tuple[Any, Any]:
        """The operands as they are multiplied."""
        if self.parameters["transpose_a"]:
            a = a.swapaxes(-1, -2)
        if self.parameters["transpose_b"]:
            b = b.swapaxes(-1, -2)
        return a, b


WORKLOAD = GemmOnJax
