"""PiMatmul on ONNX Runtime: a graph of one `MatMul`, both matrices its inputs."""

from typing import Any, Callable

from pis import freivalds
from pis.on_onnxruntime import OnOnnxruntime
from pis.workload import Check


class MatmulOnOnnxruntime(OnOnnxruntime):
    """The product by ONNX Runtime."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        size, dtype = self.parameters["matrix_size"], self.parameters["dtype"]
        self.a, self.b = self.uniform(size, size), self.uniform(size, size)
        product = self.graph.apply("MatMul", self.given(self.a), self.given(self.b))
        return self.timed(product, dtype, (size, size))

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
