"""PiMatmul on NumPy: `numpy.matmul(a, b)`."""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.on_numpy import OnNumpy
from pis.workload import Check


class MatmulOnNumpy(OnNumpy):
    """The product by NumPy, that is by the BLAS that it was built with (float16: by NumPy itself)."""

    def prepare(self) -> Callable[[], Any]:
        size = self.parameters["matrix_size"]
        self.a = self.uniform(size, size)
        self.b = self.uniform(size, size)
        self.step = partial(self.numpy.matmul, self.a, self.b)
        return self.step

    def check(self) -> Check:
        return freivalds.check(
            self.a,
            self.b,
            self.step(),
            self.vectors(freivalds.signs(len(self.a), self.seed)),
            self.parameters["dtype"],
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = MatmulOnNumpy
