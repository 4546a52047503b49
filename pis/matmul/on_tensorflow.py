"""PiMatmul on TensorFlow: `tf.linalg.matmul(a, b)`, eager in version 2, a session in version 1."""

from functools import partial
from importlib import import_module
from typing import Any, Callable, Dict

from pis.failures import HARDWARE_MISMATCH, INDICATOR_UNSUPPORTED, RunFailedError
from pis.matmul import data, reference
from pis.workload import Check, Workload


class MatmulOnTensorflow(Workload):
    """The product by TensorFlow: one product an iteration in both of its modes."""

    framework = "tensorflow"
    module = "tensorflow"
    distributions = (
        "tensorflow",
        "tensorflow-cpu",
        "intel-tensorflow",
        "tensorflow-gpu",
        "tensorflow-cpu-aws",
        "tf-nightly",
        "tf-nightly-cpu",
    )

    def load(self) -> Any:
        self.tensorflow: Any = import_module("tensorflow")
        return self.tensorflow

    def prepare(self) -> Callable[[], Any]:
        tensorflow = self.tensorflow
        dtype, size = self.parameters["dtype"], self.parameters["matrix_size"]
        if not hasattr(tensorflow, dtype):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"TensorFlow {tensorflow.__version__} has no {dtype}",
            )
        self.numpy: Any = import_module("numpy")
        generator = self.numpy.random.RandomState(self.seed)
        # NumPy has no bfloat16: TensorFlow narrows float32 to it
        made = "float32" if dtype == "bfloat16" else dtype
        a = data.uniform(self.numpy, generator, size, made)
        b = data.uniform(self.numpy, generator, size, made)
        self._device = "/GPU:0" if self._on_cuda() else "/CPU:0"
        self._graph = int(tensorflow.__version__.split(".")[0]) < 2
        return self._prepare_session(a, b) if self._graph else self._prepare_eager(a, b)

    def check(self) -> Check:
        a, b, c = self._fetch()
        vectors = self.numpy.array(reference.signs(len(a), self.seed))
        return reference.check(
            a,
            b,
            c,
            vectors,
            self._arithmetic(),
            wide=lambda block: block.astype("float64"),
            join=self.numpy.concatenate,
        )

    def facts(self) -> Dict[str, Any]:
        """Mode, arithmetic and build of this TensorFlow."""
        tensorflow = self.tensorflow
        facts: Dict[str, Any] = {
            "arithmetic": self._arithmetic(),
            "mode": "session" if self._graph else "eager",
        }
        build = getattr(getattr(tensorflow, "sysconfig", None), "get_build_info", None)
        if build is not None:
            facts["build"] = {str(key): str(value) for key, value in build().items()}
        return facts

    def pools(self) -> Dict[str, int]:
        """Pool sizes that were set by TensorFlow's interface; 0 means that it chose by itself."""
        threading = getattr(getattr(self.tensorflow, "config", None), "threading", None)
        if threading is None:
            return {}
        return {
            "tensorflow intra-op": threading.get_intra_op_parallelism_threads(),
            "tensorflow inter-op": threading.get_inter_op_parallelism_threads(),
        }

    def _on_cuda(self) -> bool:
        return bool(self.parameters["device"] == "cuda")

    def _arithmetic(self) -> str:
        if self._on_cuda() and self.parameters["dtype"] == "float32":
            experimental = getattr(getattr(self.tensorflow, "config", None), "experimental", None)
            enabled = getattr(experimental, "tensor_float_32_execution_enabled", None)
            if enabled is not None and enabled():
                return "tf32"
        return str(self.parameters["dtype"])

    def _prepare_eager(self, a: Any, b: Any) -> Callable[[], Any]:
        tensorflow = self.tensorflow
        if self._on_cuda() and not tensorflow.config.experimental.list_physical_devices("GPU"):
            raise RunFailedError(HARDWARE_MISMATCH, "TensorFlow sees no GPU here")
        # an eager operation on the CPU is done when the call returns, unless someone chose otherwise
        tensorflow.config.experimental.set_synchronous_execution(True)
        # entered once: the device then holds for every iteration at no cost
        self._scope = tensorflow.device(self._device)
        self._scope.__enter__()
        dtype = getattr(tensorflow, self.parameters["dtype"])
        self.a = tensorflow.cast(tensorflow.constant(a), dtype)
        self.b = tensorflow.cast(tensorflow.constant(b), dtype)
        self.product = partial(tensorflow.linalg.matmul, self.a, self.b)
        return self._synchronised if self._on_cuda() else self.product

    def _prepare_session(self, a: Any, b: Any) -> Callable[[], Any]:
        tensorflow = self.tensorflow
        if self._on_cuda() and not tensorflow.test.is_gpu_available():
            raise RunFailedError(HARDWARE_MISMATCH, "TensorFlow sees no GPU here")
        dtype = getattr(tensorflow, self.parameters["dtype"])
        with tensorflow.device(self._device):
            # variables, fed once: a product of constants would be folded away
            feeds = [tensorflow.placeholder(dtype, a.shape) for _ in range(2)]
            matrices = [tensorflow.Variable(feed, trainable=False) for feed in feeds]
            values = [matrix.read_value() for matrix in matrices]
            result = tensorflow.matmul(values[0], values[1])
        self.session = tensorflow.Session()
        narrow = dtype.as_numpy_dtype
        self.session.run(
            tensorflow.global_variables_initializer(),
            {feeds[0]: a.astype(narrow), feeds[1]: b.astype(narrow)},
        )
        self._tensors = [values[0], values[1], result]
        # the operation, not its value: nothing is copied out of the session
        return partial(self.session.run, result.op)

    def _synchronised(self) -> Any:
        result = self.product()
        synchronise = getattr(
            getattr(self.tensorflow.test, "experimental", None), "sync_devices", None
        )
        if synchronise is None:  # before 2.12: one number copied back waits for the device
            result[0, 0].numpy()
        else:
            synchronise()
        return result

    def _fetch(self) -> Any:
        if self._graph:
            return self.session.run(self._tensors)
        return [tensor.numpy() for tensor in (self.a, self.b, self.product())]


WORKLOAD = MatmulOnTensorflow
