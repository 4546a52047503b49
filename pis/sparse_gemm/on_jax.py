"""PiSparseGemm on JAX: `jax.experimental.sparse.BCSR` times an array, compiled."""

from importlib import import_module
from operator import matmul
from typing import Any, Callable

from pis import freivalds
from pis.failures import INDICATOR_UNSUPPORTED, RunFailedError
from pis.on_jax import OnJax
from pis.sparse_gemm import operands
from pis.workload import Check


class SparseGemmOnJax(OnJax, operands.SparseProduct):
    """The product by JAX, whose sparse matrices are called experimental."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        compressed_rows = getattr(self._sparse_matrices(), "BCSR", None)
        if compressed_rows is None:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"JAX {self.jax.__version__} has no compressed rows (0.4 has)",
            )
        m, n, k = (self.parameters[side] for side in "mnk")
        self.a = self.sparse(self.random((m, k)))
        self.b = self.uniform(k) if n == 1 else self.uniform(k, n)
        dense = self.jax.device_put(self.a, self._device)
        compressed = compressed_rows.fromdense(dense)
        self.nonzeros = int(compressed.nse)
        beside = OnJax(self.parameters, self.seed)
        beside.jax = self.jax
        self.dense_step = beside.timed(self.jax.numpy.matmul, dense, self.b)
        return self.timed(matmul, compressed, self.b)

    def _sparse_matrices(self) -> Any:
        try:
            return import_module("jax.experimental.sparse")
        except ImportError:
            return None

    def check(self) -> Check:
        return operands.check(
            self.a,
            self.numpy.asarray(self.b),
            self.numpy.asarray(self.step()),
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = SparseGemmOnJax
