"""PiMatmul on TensorFlow: `tf.linalg.matmul(a, b)`, eager in version 2, a session in version 1."""

from typing import Any, Callable

from pis import freivalds
from pis.on_tensorflow import OnTensorflow
from pis.workload import Check


class MatmulOnTensorflow(OnTensorflow):
    """The product by TensorFlow: one product an iteration in both of its modes."""

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


WORKLOAD = MatmulOnTensorflow
