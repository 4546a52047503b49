"""What every indicator does alike on TensorFlow: eager in version 2, a session in version 1.

Importing this file does not import TensorFlow.
"""

from functools import partial
from importlib import import_module
from typing import Any, Callable, Dict, Sequence

from pis.failures import HARDWARE_MISMATCH, INDICATOR_UNSUPPORTED, RunFailedError
from pis.with_numpy import WithNumpy


class OnTensorflow(WithNumpy):
    """Base of the indicators on TensorFlow: one operation an iteration in both of its modes."""

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

    def ready(self) -> None:
        """Refuse what this TensorFlow or this host lacks."""
        tensorflow, dtype = self.tensorflow, self.stored
        if not hasattr(tensorflow, dtype):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"TensorFlow {tensorflow.__version__} has no {dtype}",
            )
        self._graph = int(tensorflow.__version__.split(".")[0]) < 2
        if self.on_cuda() and not (
            tensorflow.test.is_gpu_available()
            if self._graph
            else tensorflow.config.experimental.list_physical_devices("GPU")
        ):
            raise RunFailedError(HARDWARE_MISMATCH, "TensorFlow sees no GPU here")
        if self.on_cuda() and dtype == "float32":
            self._choose_precision()
        self._device = "/GPU:0" if self.on_cuda() else "/CPU:0"

    def uniform(self, *shape: int) -> Any:
        """Seeded random data as a NumPy array: new data with each call."""
        self.numpy = import_module("numpy")
        return self.random(shape)

    def product(self) -> Callable[..., Any]:
        """What multiplies two matrices; products of int8 are int32."""
        tensorflow = self.tensorflow
        matmul: Callable[..., Any] = tensorflow.matmul  # the name that all versions have
        if self.stored != "int8":
            return matmul
        if not hasattr(getattr(tensorflow, "raw_ops", None), "BatchMatMulV3"):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"TensorFlow {tensorflow.__version__} has no product of int8 with int32 sums",
            )
        return partial(matmul, output_type=tensorflow.int32)

    def timed(self, operation: Callable[..., Any], *arrays: Any) -> Callable[[], Any]:
        """The iteration: `operation` on the arrays as tensors of the indicator's type."""
        return (
            self._in_session(operation, arrays) if self._graph else self._eager(operation, arrays)
        )

    def fetched(self) -> Any:
        """The arrays as they were narrowed, and what an iteration makes of them."""
        if self._graph:
            return self.session.run(self._tensors)
        return [tensor.numpy() for tensor in (*self._tensors, self.step())]

    def facts(self) -> Dict[str, Any]:
        """Mode, arithmetic and build of this TensorFlow."""
        tensorflow = self.tensorflow
        facts: Dict[str, Any] = {
            "arithmetic": self.arithmetic(),
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

    def on_cuda(self) -> bool:
        """Whether the work is done on a GPU."""
        return bool(self.parameters["device"] == "cuda")

    def arithmetic(self) -> str:
        """The type that the numbers are computed in."""
        if self.on_cuda() and self.stored == "float32":
            enabled = self._experimental("tensor_float_32_execution_enabled")
            return "tf32" if enabled is not None and enabled() else "float32"
        return self.stored

    def _experimental(self, name: str) -> Any:
        """A function of `tf.config.experimental`; None in versions that lack it."""
        experimental = getattr(getattr(self.tensorflow, "config", None), "experimental", None)
        return getattr(experimental, name, None)

    def _choose_precision(self) -> None:
        enable, wanted = (
            self._experimental("enable_tensor_float_32_execution"),
            self.parameters["dtype"] == "tf32",
        )
        if enable is not None:
            enable(wanted)
        elif wanted:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"TensorFlow {self.tensorflow.__version__} has no switch for TF32",
            )

    def _eager(self, operation: Callable[..., Any], arrays: Sequence[Any]) -> Callable[[], Any]:
        tensorflow = self.tensorflow
        # an eager operation on the CPU is done when the call returns, unless someone chose otherwise
        tensorflow.config.experimental.set_synchronous_execution(True)
        # entered once: the device then holds for every iteration at no cost
        self._scope = tensorflow.device(self._device)
        self._scope.__enter__()
        dtype = getattr(tensorflow, self.stored)
        self._tensors = [tensorflow.cast(tensorflow.constant(array), dtype) for array in arrays]
        self.step: Callable[[], Any] = partial(operation, *self._tensors)
        return self._synchronised if self.on_cuda() else self.step

    def _in_session(
        self, operation: Callable[..., Any], arrays: Sequence[Any]
    ) -> Callable[[], Any]:
        tensorflow = self.tensorflow
        dtype = getattr(tensorflow, self.stored)
        with tensorflow.device(self._device):
            # variables, fed once: an operation on constants would be folded away
            feeds = [tensorflow.placeholder(dtype, array.shape) for array in arrays]
            variables = [tensorflow.Variable(feed, trainable=False) for feed in feeds]
            values = [variable.read_value() for variable in variables]
            result = operation(*values)
        self.session = tensorflow.Session()
        narrow = dtype.as_numpy_dtype
        self.session.run(
            tensorflow.global_variables_initializer(),
            {feed: array.astype(narrow) for feed, array in zip(feeds, arrays)},
        )
        self._tensors = [*values, result]
        # the operation, not its value: nothing is copied out of the session
        return partial(self.session.run, result.op)

    def _synchronised(self) -> Any:
        result = self.step()
        synchronise = getattr(
            getattr(self.tensorflow.test, "experimental", None), "sync_devices", None
        )
        if synchronise is None:  # before 2.12: one number copied back waits for the device
            self.tensorflow.reshape(result, [-1])[0].numpy()
        else:
            synchronise()
        return result
