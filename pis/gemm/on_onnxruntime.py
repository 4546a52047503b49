"""PiGemm on ONNX Runtime: `Gemm` with its transpose flags; a batch is `Transpose` and `MatMul`.

`Gemm` knows no batches and `MatMul` no flags: ONNX Runtime makes one product with flags of a
`MatMul` of transposed operands. Before `MatMulInteger`, for int8, it transposes them in the run.
"""

from typing import Any, Callable, ClassVar, Mapping, Tuple

from pis import freivalds
from pis.gemm import operands
from pis.on_onnxruntime import PRODUCT_CHOICES, OnOnnxruntime
from pis.onnx_model.graph import Value
from pis.workload import Check


class GemmOnOnnxruntime(OnOnnxruntime):
    """General products by ONNX Runtime."""

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = PRODUCT_CHOICES

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        a, b = operands.shapes(self.parameters)
        self.a, self.b = self.uniform(*a), self.right(*b)
        shape = (*a[:-2], self.parameters["m"], self.parameters["n"])
        return self.timed(self._product(), shape)

    def check(self) -> Check:
        a, b = self.a, self.b
        if self.parameters["transpose_a"]:
            a = a.swapaxes(-1, -2)
        if self.parameters["transpose_b"]:
            b = b.swapaxes(-1, -2)
        return operands.check(
            self.parameters,
            a,
            b,
            self.made(),
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.numpy.concatenate,
        )

    def _product(self) -> Value:
        a, b = self.factors(self.a, self.b)
        turned = self.parameters["transpose_a"], self.parameters["transpose_b"]
        if self.parameters["batch"] == 1 and self.stored != "int8":
            return self.graph.apply("Gemm", a, b, transA=int(turned[0]), transB=int(turned[1]))
        swapped = [0, 2, 1] if self.parameters["batch"] > 1 else [1, 0]
        if turned[0]:
            a = self.graph.apply("Transpose", a, perm=swapped)
        if turned[1]:
            b = self.graph.apply("Transpose", b, perm=swapped)
        return self.product(a, b)


WORKLOAD = GemmOnOnnxruntime
