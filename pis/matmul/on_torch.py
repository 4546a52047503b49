"""PiMatmul on PyTorch: `torch.matmul(a, b)` without gradients, `torch._int_mm` for int8."""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.on_torch import OnTorch
from pis.workload import Check


class MatmulOnTorch(OnTorch):
    """The product by PyTorch, without NumPy; on cuda the clock stops when the device has finished."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        size = self.parameters["matrix_size"]
        self.a = self.uniform(size, size)
        self.b = self.uniform(size, size)
        return self.timed(partial(self.product(), self.a, self.b))

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
