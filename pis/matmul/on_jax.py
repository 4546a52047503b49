"""PiMatmul on JAX: `jax.numpy.matmul(a, b)`, compiled."""

from typing import Any, Callable

from pis import freivalds
from pis.on_jax import OnJax
from pis.workload import Check


class MatmulOnJax(OnJax):
    """The product by JAX."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        size = self.parameters["matrix_size"]
        return self.timed(self.product(), self.uniform(size, size), self.uniform(size, size))

    def check(self) -> Check:
        a, b, c = self.fetched()
        return freivalds.check(
            a,
            b,
            c,
            self.vectors(freivalds.signs(len(a), self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = MatmulOnJax
