"""What every indicator does alike on PyTorch. Importing this file does not import PyTorch."""

from importlib import import_module
from typing import Any, Callable, Dict, List, Optional, Sequence

from pis.failures import HARDWARE_MISMATCH, INDICATOR_UNSUPPORTED, RunFailedError
from pis.workload import Workload


class OnTorch(Workload):
    """Base of the indicators on PyTorch. NumPy need not be there.

    Gradients are off. On cuda an iteration ends when the device has finished.
    """

    framework = "torch"
    module = "torch"
    distributions = ("torch",)

    #: which part of torch.backends decides whether float32 is computed as TF32 on a GPU
    precision_switch = "cuda.matmul"

    _generator: Any = None

    def load(self) -> Any:
        self.torch: Any = import_module("torch")
        return self.torch

    def ready(self) -> None:
        """Refuse what this PyTorch or this host lacks, and switch gradients off."""
        torch = self.torch
        if not hasattr(torch, self.stored):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"PyTorch {torch.__version__} has no {self.stored}",
            )
        if self.on_cuda() and not torch.cuda.is_available():
            raise RunFailedError(HARDWARE_MISMATCH, "PyTorch sees no CUDA device here")
        if self.on_cuda() and self.stored == "float32":
            self._choose_precision()
        # PyTorch before 1.9 has no inference_mode; entered once, since it holds for this thread
        self._without_gradients = getattr(torch, "inference_mode", torch.no_grad)()
        self._without_gradients.__enter__()

    def uniform(self, *shape: int) -> Any:
        """Seeded random data of the indicator's type on its device: new data with each call."""
        torch = self.torch
        if self._generator is None:
            self._generator = torch.Generator()
            self._generator.manual_seed(self.seed)
        dtype = self.stored
        if dtype == "int8":
            integers = torch.empty(*shape, dtype=torch.int8)
            integers.random_(-127, 128, generator=self._generator)
            return integers.to(device=self.parameters["device"])
        # halves are made as float32: not every version has a generator for them
        made = "float64" if dtype == "float64" else "float32"
        tensor = torch.empty(*shape, dtype=getattr(torch, made))
        tensor.uniform_(-1.0, 1.0, generator=self._generator)
        return tensor.to(dtype=getattr(torch, dtype), device=self.parameters["device"])

    def product(self) -> Callable[[Any, Any], Any]:
        """What multiplies two matrices; products of int8 are int32."""
        if self.stored != "int8":
            matmul: Callable[[Any, Any], Any] = self.torch.matmul
            return matmul
        exact: Optional[Callable[[Any, Any], Any]] = getattr(self.torch, "_int_mm", None)
        if exact is None:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"PyTorch {self.torch.__version__} has no product of int8 with int32 sums",
            )
        return exact

    def timed(self, step: Callable[[], Any]) -> Callable[[], Any]:
        """The iteration: the step itself where it returns when the work is done."""
        self.step = step
        return self._synchronised if self.on_cuda() else step

    def vectors(self, rows: Sequence[List[float]]) -> Any:
        """Rows of numbers as float64."""
        return self.torch.tensor(rows, dtype=self.torch.float64)

    def zeros(self, *shape: int) -> Any:
        """Zeros in float64, to add up a reference in."""
        return self.torch.zeros(*shape, dtype=self.torch.float64)

    @staticmethod
    def wide(tensor: Any) -> Any:
        """The tensor in float64, in the host's memory."""
        return tensor.cpu().double()

    def facts(self) -> Dict[str, Any]:
        """How this PyTorch was built, and which device it used."""
        torch = self.torch
        facts: Dict[str, Any] = {
            "arithmetic": self.arithmetic(),
            "build": torch.__config__.show() if hasattr(torch, "__config__") else None,
        }
        if self.on_cuda():
            facts["cuda"] = torch.version.cuda
            facts["device_name"] = torch.cuda.get_device_name(0)
            facts["device_capability"] = list(torch.cuda.get_device_capability(0))
        return facts

    def pools(self) -> Dict[str, int]:
        """Threads inside one operation, and operations at once."""
        pools = {"torch intra-op": self.torch.get_num_threads()}
        if hasattr(self.torch, "get_num_interop_threads"):
            pools["torch inter-op"] = self.torch.get_num_interop_threads()
        return pools

    def on_cuda(self) -> bool:
        """Whether the work is done on a GPU."""
        return bool(self.parameters["device"] == "cuda")

    def arithmetic(self) -> str:
        """The type that the numbers are computed in."""
        if self.on_cuda() and self.stored == "float32":
            return "tf32" if getattr(self._switch(), "allow_tf32", False) else "float32"
        return self.stored

    def _switch(self) -> Any:
        """What holds `allow_tf32`; None in versions that have no such switch."""
        switch = self.torch.backends
        for part in self.precision_switch.split("."):
            switch = getattr(switch, part, None)
        return switch if hasattr(switch, "allow_tf32") else None

    def _choose_precision(self) -> None:
        switch, wanted = self._switch(), self.parameters["dtype"] == "tf32"
        if switch is not None:
            switch.allow_tf32 = wanted
        elif wanted:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED, f"PyTorch {self.torch.__version__} has no switch for TF32"
            )

    def _synchronised(self) -> Any:
        result = self.step()
        self.torch.cuda.synchronize()
        return result
