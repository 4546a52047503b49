"""PiSparseGemm on SciPy: `csr_matrix @ array`, which runs on one thread."""

from functools import partial
from importlib import import_module
from operator import matmul
from typing import Any, Callable, ClassVar, Mapping, Tuple

from pis import freivalds
from pis.sparse_gemm import operands
from pis.with_numpy import WithNumpy
from pis.workload import Check


class SparseGemmOnScipy(WithNumpy, operands.SparseProduct):
    """The product by SciPy; the dense one beside it is NumPy's, by its BLAS."""

    framework = "scipy"
    module = "scipy"
    distributions = ("scipy",)
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {"device": ("cpu",)}

    def load(self) -> Any:
        self.numpy = import_module("numpy")
        import_module("scipy.sparse")
        self.scipy = import_module("scipy")
        return self.scipy

    def prepare(self) -> Callable[[], Any]:
        m, n, k = (self.parameters[side] for side in "mnk")
        self.a = self.sparse(self.random((m, k)))
        self.b = self.random((k,) if n == 1 else (k, n))
        compressed = self.scipy.sparse.csr_matrix(self.a)
        self.nonzeros = int(compressed.nnz)
        self.dense_step = partial(self.numpy.matmul, self.a, self.b)
        self.step = partial(matmul, compressed, self.b)
        return self.step

    def check(self) -> Check:
        return operands.check(
            self.a,
            self.b,
            self.step(),
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.parameters["dtype"],
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = SparseGemmOnScipy
