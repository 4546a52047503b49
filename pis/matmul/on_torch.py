"""PiMatmul on PyTorch: `torch.matmul(a, b)` without gradients. NumPy need not be there."""

from functools import partial
from importlib import import_module
from typing import Any, Callable, Dict

from pis.failures import HARDWARE_MISMATCH, INDICATOR_UNSUPPORTED, RunFailedError
from pis.matmul import reference
from pis.workload import Check, Workload


class MatmulOnTorch(Workload):
    """The product by PyTorch; on cuda the clock stops when the device has finished."""

    framework = "torch"
    module = "torch"
    distributions = ("torch",)

    def load(self) -> Any:
        self.torch: Any = import_module("torch")
        return self.torch

    def prepare(self) -> Callable[[], Any]:
        torch = self.torch
        if not hasattr(torch, self.parameters["dtype"]):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                "PyTorch {} has no {}".format(torch.__version__, self.parameters["dtype"]),
            )
        if self._on_cuda() and not torch.cuda.is_available():
            raise RunFailedError(HARDWARE_MISMATCH, "PyTorch sees no CUDA device here")
        # PyTorch before 1.9 has no inference_mode; entered once, since it holds for this thread
        self._without_gradients = getattr(torch, "inference_mode", torch.no_grad)()
        self._without_gradients.__enter__()
        generator = torch.Generator()
        generator.manual_seed(self.seed)
        self.a = self._uniform(generator)
        self.b = self._uniform(generator)
        self.product = partial(torch.matmul, self.a, self.b)
        return self._synchronised if self._on_cuda() else self.product

    def check(self) -> Check:
        torch = self.torch
        vectors = torch.tensor(reference.signs(len(self.a), self.seed), dtype=torch.float64)
        return reference.check(
            self.a,
            self.b,
            self.product(),
            vectors,
            self._arithmetic(),
            wide=lambda block: block.cpu().double(),
            join=torch.cat,
        )

    def facts(self) -> Dict[str, Any]:
        """How this PyTorch was built, and which device it used."""
        torch = self.torch
        facts: Dict[str, Any] = {
            "arithmetic": self._arithmetic(),
            "build": torch.__config__.show() if hasattr(torch, "__config__") else None,
        }
        if self._on_cuda():
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

    def _on_cuda(self) -> bool:
        return bool(self.parameters["device"] == "cuda")

    def _synchronised(self) -> Any:
        result = self.product()
        self.torch.cuda.synchronize()
        return result

    def _uniform(self, generator: Any) -> Any:
        torch = self.torch
        size, dtype = self.parameters["matrix_size"], self.parameters["dtype"]
        # halves are made as float32: not every version has a generator for them
        made = "float64" if dtype == "float64" else "float32"
        matrix = torch.empty(size, size, dtype=getattr(torch, made))
        matrix.uniform_(-1.0, 1.0, generator=generator)
        return matrix.to(dtype=getattr(torch, dtype), device=self.parameters["device"])

    def _arithmetic(self) -> str:
        if self._on_cuda() and self.parameters["dtype"] == "float32":
            matmul = getattr(getattr(self.torch.backends, "cuda", None), "matmul", None)
            if getattr(matmul, "allow_tf32", False):
                return "tf32"
        return str(self.parameters["dtype"])


WORKLOAD = MatmulOnTorch
