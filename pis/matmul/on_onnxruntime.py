"""PiMatmul on ONNX Runtime: a graph of one `MatMul` or `MatMulInteger`, both matrices its inputs."""

from typing import Any, Callable, ClassVar, Mapping, Tuple

from pis import freivalds
from pis.on_onnxruntime import PRODUCT_CHOICES, OnOnnxruntime
from pis.workload import Check


class MatmulOnOnnxruntime(OnOnnxruntime):
    """The product by ONNX Runtime."""

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = PRODUCT_CHOICES

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        size = self.parameters["matrix_size"]
        self.a, self.b = self.uniform(size, size), self.right(size, size)
        product = self.product(*self.factors(self.a, self.b))
        return self.timed(product, (size, size))

    def check(self) -> Check:
        return freivalds.check(
            self.a,
            self.b,
            self.made(),
            self.vectors(freivalds.signs(len(self.a), self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = MatmulOnOnnxruntime
