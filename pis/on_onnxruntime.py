"""What every indicator does alike on ONNX Runtime. Importing this file does not import it.

The model is made here, byte by byte (`pis.onnx_model`), so the stack needs no other package.
"""

import os
from functools import partial
from importlib import import_module
from typing import Any, Callable, ClassVar, Dict, List, Mapping, Sequence, Tuple

from pis.declaration import Impossible
from pis.failures import HARDWARE_MISMATCH, INDICATOR_UNSUPPORTED, RunFailedError, describe
from pis.onnx_model.graph import Graph, Value
from pis.with_numpy import WithNumpy

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}

# The first version whose CUDA provider can be told whether to take TF32 for float32.
_PRECISION_SWITCH = (1, 18)

# What stands for zero where int8 is stored as uint8.
_ZERO = 128

# It has a kernel for few operations and ARM processors only; elsewhere the graph gets a cast to
# float32 before and one back behind, and the number would be that of float32 and two copies.
NO_HALVES_ON_CPU = Impossible(
    "dtype",
    {"dtype": ("float16",), "device": ("cpu",)},
    "ONNX Runtime casts float16 to float32 and back on CPUs",
)


class OnOnnxruntime(WithNumpy):
    """Base of the indicators on ONNX Runtime: one run of a session an iteration.

    Inputs and output are bound beforehand and lie on the device: nothing is copied in a run, and
    none but the work of the graph is timed.
    """

    framework = "onnxruntime"
    module = "onnxruntime"
    distributions = ("onnxruntime", "onnxruntime-gpu")
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        "dtype": ("float16", "float32", "float64", "tf32")
    }
    impossible: ClassVar[Tuple[Impossible, ...]] = (NO_HALVES_ON_CPU,)

    def load(self) -> Any:
        self.onnxruntime: Any = import_module("onnxruntime")
        return self.onnxruntime

    def ready(self) -> None:
        """Refuse what this ONNX Runtime or this host lacks; begin the graph."""
        runtime = self.onnxruntime
        if not hasattr(runtime, "OrtValue"):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"ONNX Runtime {runtime.__version__} cannot bind inputs (1.5 can)",
            )
        self._provider = _PROVIDERS[self.parameters["device"]]
        if self._provider not in runtime.get_available_providers():
            raise RunFailedError(
                HARDWARE_MISMATCH,
                "this ONNX Runtime was built without CUDA (onnxruntime-gpu has it)",
            )
        if self.parameters.get("dtype") == "tf32" and not self._has_precision_switch():
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"ONNX Runtime {runtime.__version__} has no switch for TF32 (1.18 has)",
            )
        self.numpy = import_module("numpy")
        self.graph = Graph()
        self._arrays: Dict[str, Any] = {}

    def uniform(self, *shape: int) -> Any:
        """Seeded random data as a NumPy array: new data with each call."""
        return self.random(shape)

    def right(self, *shape: int) -> Any:
        """Seeded random data for the right factor of a product; of int8 on CPUs seven bits of it.

        Processors without VNNI add two products of uint8 and int8 up in 16 bits and cut off what does
        not fit: those who quantise for them leave that bit out (`reduce_range` of ONNX Runtime's
        quantisation). The work is the same, and the result right on every processor.
        """
        array = self.uniform(*shape)
        return array >> 1 if self._shifted() else array

    def given(self, array: Any) -> Value:
        """An input of the graph, to which the array is bound."""
        value = self.graph.input(f"input{len(self._arrays)}", array.dtype.name, array.shape)
        self._arrays[value.name] = array
        return value

    def factors(self, a: Any, b: Any) -> Tuple[Value, Value]:
        """The inputs of a product. On CPUs the left one of int8 is bound as uint8, 128 being zero.

        So quantised models have it: the kernels for two signed matrices are many times slower.
        """
        if self._shifted():
            a = (a.astype("int16") + _ZERO).astype("uint8")
        return self.given(a), self.given(b)

    def product(self, a: Value, b: Value) -> Value:
        """The product of two matrices; products of int8 are int32."""
        if self.stored != "int8":
            return self.graph.apply("MatMul", a, b)
        if not self._shifted():
            return self.graph.apply("MatMulInteger", a, b)
        zero = self.graph.constant("zero", self.numpy.array(_ZERO, "uint8"))
        return self.graph.apply("MatMulInteger", a, b, zero)

    def timed(self, result: Value, shape: Sequence[int]) -> Callable[[], Any]:
        """The iteration: a run of the graph that hands out `result` alone."""
        dtype = "int32" if self.stored == "int8" else self.stored  # what sums of int8 are
        self.graph.output(result, dtype, shape)
        self.session = self._opened(self.graph.model())
        device, make = self.parameters["device"], self.onnxruntime.OrtValue
        # kept here: a binding does not keep the arrays that it was given alive
        self._bound = [
            make.ortvalue_from_numpy(array, device, 0) for array in self._arrays.values()
        ]
        self._result = make.ortvalue_from_shape_and_type(
            list(shape), self.numpy.dtype(dtype).type, device, 0
        )
        self._binding = self.session.io_binding()
        for name, value in zip(self._arrays, self._bound):
            self._binding.bind_ortvalue_input(name, value)
        self._binding.bind_ortvalue_output(result.name, self._result)
        self.step: Callable[[], Any] = partial(self.session.run_with_iobinding, self._binding)
        return self._synchronised if self.on_cuda() else self.step

    def made(self) -> Any:
        """What an iteration makes, as a NumPy array."""
        self.step()
        return self._result.numpy()

    def facts(self) -> Dict[str, Any]:
        """Who computes, how the graph was optimised, with how many threads."""
        facts = {
            "arithmetic": self.arithmetic(),
            "providers": list(self.session.get_providers()),
            "device": self.onnxruntime.get_device(),
            "graph_optimization_level": self._options.graph_optimization_level.name,
            "execution_mode": self._options.execution_mode.name,
            "intra_op_num_threads": self._options.intra_op_num_threads,
            "inter_op_num_threads": self._options.inter_op_num_threads,
        }
        if hasattr(self.onnxruntime, "get_build_info"):
            facts["build"] = self.onnxruntime.get_build_info()
        return facts

    def pools(self) -> Dict[str, int]:
        """Threads inside one operation, and operations at once."""
        return {
            "onnxruntime intra-op": self._options.intra_op_num_threads,
            "onnxruntime inter-op": self._options.inter_op_num_threads,
        }

    def on_cuda(self) -> bool:
        """Whether the work is done on a GPU."""
        return bool(self.parameters["device"] == "cuda")

    def arithmetic(self) -> str:
        """The type that the numbers are computed in: GPUs take TF32 unless told otherwise."""
        if self.on_cuda() and self.stored == "float32":
            options = self.session.get_provider_options().get(self._provider, {})
            return "float32" if options.get("use_tf32") == "0" else "tf32"
        return self.stored

    def _shifted(self) -> bool:
        # the CUDA provider has a kernel for two signed matrices only
        return self.stored == "int8" and not self.on_cuda()

    def _has_precision_switch(self) -> bool:
        major, minor = self.onnxruntime.__version__.split(".")[:2]
        return (int(major), int(minor)) >= _PRECISION_SWITCH

    def _providers(self) -> List[Any]:
        if self.on_cuda() and self.stored == "float32" and self._has_precision_switch():
            wanted = "1" if self.parameters["dtype"] == "tf32" else "0"
            return [(self._provider, {"use_tf32": wanted})]
        return [self._provider]

    def _opened(self, model: bytes) -> Any:
        runtime = self.onnxruntime
        self._options = options = runtime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.inter_op_num_threads = 1  # one operation after the other
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        session = runtime.InferenceSession(model, options, providers=self._providers())
        if self._provider not in session.get_providers():
            # it goes on with the CPU when the libraries of the provider cannot be loaded
            raise RunFailedError(HARDWARE_MISMATCH, "ONNX Runtime cannot use a CUDA device here")
        return self._wholly_on_cuda(model) if self.on_cuda() else session

    def _wholly_on_cuda(self, model: bytes) -> Any:
        """The session once more: an operation without a kernel would go to the CPU unsaid."""
        self._options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        try:
            return self.onnxruntime.InferenceSession(
                model, self._options, providers=self._providers()
            )
        except Exception as error:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                "ONNX Runtime {} has no CUDA kernel for {}: {}".format(
                    self.onnxruntime.__version__, self.parameters["dtype"], describe(error)
                ),
            ) from error

    def _synchronised(self) -> Any:
        self.step()
        self._binding.synchronize_outputs()


#: What indicators that multiply matrices can have.
PRODUCT_CHOICES: Dict[str, Tuple[Any, ...]] = {
    "dtype": (*OnOnnxruntime.choices["dtype"], "int8"),
}


def threads() -> int:
    """Threads of a session, which reads no variable: as many as the run gave all other libraries.

    Said in any case: left to itself, ONNX Runtime counts the processor's cores, not those allowed.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # no Linux
        return os.cpu_count() or 1
