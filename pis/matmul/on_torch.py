"""PiMatmul on PyTorch: `torch.matmul(a, b)` without gradients. NumPy need not be there."""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.on_torch import OnTorch
from pis.workload import Check


class MatmulOnTorch(OnTorch):
    """The product by PyTorch; on cuda the clock stops when the device has finished."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        size = self.parameters["matrix_size"]
        self.a = self.uniform(size, size)
        self.b = self.uniform(size, size)
        return self.timed(partial(self.torch.matmul, self.a, self.b))

    def check(self) -> Check:
        return freivalds.check(
            self.a,
            self.b,
            self.step(),
            self.vectors(freivalds.signs(len(self.a), self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.torch.cat,
        )


WORKLOAD = MatmulOnTorch
