"""What every indicator does alike on JAX. Importing this file does not import JAX."""

from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any, Callable, Dict

from pis.failures import HARDWARE_MISMATCH, INDICATOR_UNSUPPORTED, RunFailedError
from pis.with_numpy import WithNumpy


class OnJax(WithNumpy):
    """Base of the indicators on JAX: one compiled function, whose first call compiles it.

    Every iteration waits for its result: JAX returns before the work is done, on the CPU as well.
    """

    framework = "jax"
    module = "jax"
    distributions = ("jax",)

    def load(self) -> Any:
        self.jax: Any = import_module("jax")
        return self.jax

    def ready(self) -> None:
        """Find the device, and let float64 be float64."""
        jax = self.jax
        self.numpy = import_module("numpy")
        if self.stored == "float64":
            jax.config.update("jax_enable_x64", True)
        try:
            self._device = jax.devices(self.parameters["device"])[0]
        except RuntimeError:
            raise RunFailedError(HARDWARE_MISMATCH, "JAX sees no CUDA device here") from None
        if self.on_cuda() and self.stored == "float32":
            self._choose_precision()

    def uniform(self, *shape: int) -> Any:
        """Seeded random data of the indicator's type on its device: new data with each call."""
        narrow = self.jax.numpy.asarray(self.random(shape), dtype=self.stored)
        return self.jax.device_put(narrow, self._device)

    def product(self) -> Callable[..., Any]:
        """What multiplies two matrices; products of int8 are int32."""
        matmul: Callable[..., Any] = self.jax.numpy.matmul
        if self.stored != "int8":
            return matmul
        if "preferred_element_type" not in signature(matmul).parameters:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"JAX {self.jax.__version__} has no product of int8 with int32 sums",
            )
        return partial(matmul, preferred_element_type=self.jax.numpy.int32)

    def timed(self, operation: Callable[..., Any], *arrays: Any) -> Callable[[], Any]:
        """The iteration: `operation` on the arrays, compiled, until its result is there."""
        self._arrays = arrays
        compiled: Any = self.jax.jit(operation)
        self.step: Callable[[], Any] = lambda: compiled(*arrays).block_until_ready()
        return self.step

    def fetched(self) -> Any:
        """The arrays as they were narrowed, and what an iteration makes of them."""
        return [self.numpy.asarray(array) for array in (*self._arrays, self.step())]

    def facts(self) -> Dict[str, Any]:
        """Arithmetic, device and compiler of this JAX."""
        facts = {"arithmetic": self.arithmetic(), "device_kind": self._device.device_kind}
        jaxlib = getattr(self.jax.lib, "__version__", None)
        if jaxlib is not None:
            facts["jaxlib"] = jaxlib
        return facts

    def _choose_precision(self) -> None:
        precision = "tensorfloat32" if self.parameters["dtype"] == "tf32" else "float32"
        self.jax.config.update("jax_default_matmul_precision", precision)

    def on_cuda(self) -> bool:
        """Whether the work is done on a GPU."""
        return bool(self.parameters["device"] == "cuda")

    def arithmetic(self) -> str:
        """The type that the numbers are computed in: GPUs take TF32 unless told otherwise."""
        if self.on_cuda() and self.stored == "float32":
            precision = getattr(self.jax.config, "jax_default_matmul_precision", None)
            if precision not in ("float32", "highest"):
                return "tf32"
        return self.stored
