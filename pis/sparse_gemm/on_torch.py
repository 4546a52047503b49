"""PiSparseGemm on PyTorch: `torch.matmul` of a compressed tensor (`to_sparse_csr`)."""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.failures import INDICATOR_UNSUPPORTED, RunFailedError
from pis.on_torch import OnTorch
from pis.sparse_gemm import operands
from pis.workload import Check


class SparseGemmOnTorch(OnTorch, operands.SparseProduct):
    """The product by PyTorch."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        torch = self.torch
        if not hasattr(torch.Tensor, "to_sparse_csr"):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"PyTorch {torch.__version__} has no compressed rows (1.10 has)",
            )
        m, n, k = (self.parameters[side] for side in "mnk")
        self.a = self.sparse(self.uniform(m, k))
        self.b = self.uniform(k) if n == 1 else self.uniform(k, n)
        compressed = self.a.to_sparse_csr()
        self.nonzeros = int(compressed.values().numel())
        beside = OnTorch(self.parameters, self.seed)
        beside.torch = torch
        self.dense_step = beside.timed(partial(torch.matmul, self.a, self.b))
        return self.timed(partial(torch.matmul, compressed, self.b))

    def check(self) -> Check:
        return operands.check(
            self.a,
            self.b,
            self.step(),
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.torch.cat,
        )


WORKLOAD = SparseGemmOnTorch
