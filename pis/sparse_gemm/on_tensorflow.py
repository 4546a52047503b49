"""PiSparseGemm on TensorFlow: the operation behind `tf.sparse.sparse_dense_matmul`.

TensorFlow keeps the place of each entry, not compressed rows; the entries lie in their order. The
function itself takes its sparse operand apart again with every call, so the operation is called.
"""

from typing import Any, Callable

from pis import freivalds
from pis.failures import INDICATOR_UNSUPPORTED, RunFailedError
from pis.on_tensorflow import OnTensorflow
from pis.sparse_gemm import operands
from pis.workload import Check


class SparseGemmOnTensorflow(OnTensorflow, operands.SparseProduct):
    """The product by TensorFlow; it knows no vectors: n=1 is a matrix with one column."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        tensorflow = self.tensorflow
        raw = getattr(tensorflow, "raw_ops", None)
        if raw is None:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"TensorFlow {tensorflow.__version__} does not hand out its operations",
            )
        m, n, k = (self.parameters[side] for side in "mnk")
        self.a = self.sparse(self.uniform(m, k))
        b = self.uniform(k, n)
        places = self.numpy.argwhere(self.a)
        self.nonzeros = len(places)
        beside = OnTensorflow(self.parameters, self.seed)
        beside.load()
        beside.ready()
        self.dense_step = beside.timed(beside.product(), self.a, b)
        with tensorflow.device(self._device):
            places = tensorflow.constant(places, tensorflow.int64)
            shape = tensorflow.constant([m, k], tensorflow.int64)
        return self.timed(
            lambda values, dense: raw.SparseTensorDenseMatMul(
                a_indices=places, a_values=values, a_shape=shape, b=dense
            ),
            self.a[self.a != 0],
            b,
        )

    def check(self) -> Check:
        _, b, c = self.fetched()
        return operands.check(
            self.a,
            b,
            c,
            self.vectors(freivalds.signs(self.parameters["n"], self.seed)),
            self.arithmetic(),
            wide=self.wide,
            join=self.numpy.concatenate,
        )


WORKLOAD = SparseGemmOnTensorflow
