"""PiMatmul on NumPy: `numpy.matmul(a, b)`."""

from functools import partial
from importlib import import_module
from typing import Any, Callable, ClassVar, Dict, Mapping, Tuple

from pis.matmul import data, reference
from pis.workload import Check, Workload


class MatmulOnNumpy(Workload):
    """The product by NumPy, that is by the BLAS that it was built with (float16: by NumPy itself)."""

    framework = "numpy"
    module = "numpy"
    distributions = ("numpy",)
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        "dtype": ("float16", "float32", "float64"),
        "device": ("cpu",),
    }

    def load(self) -> Any:
        self.numpy: Any = import_module("numpy")
        return self.numpy

    def prepare(self) -> Callable[[], Any]:
        numpy = self.numpy
        generator = numpy.random.RandomState(self.seed)
        size, dtype = self.parameters["matrix_size"], self.parameters["dtype"]
        self.a = data.uniform(numpy, generator, size, dtype)
        self.b = data.uniform(numpy, generator, size, dtype)
        self.step = partial(numpy.matmul, self.a, self.b)
        return self.step

    def check(self) -> Check:
        numpy = self.numpy
        vectors = numpy.array(reference.signs(len(self.a), self.seed))
        return reference.check(
            self.a,
            self.b,
            self.step(),
            vectors,
            self.parameters["dtype"],
            wide=lambda block: block.astype("float64"),
            join=numpy.concatenate,
        )

    def facts(self) -> Dict[str, Any]:
        """Which BLAS NumPy was built with, where this version can tell."""
        try:
            return {"blas": self.numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]}
        except (TypeError, KeyError):  # versions before 1.26 can only print it
            return {}


WORKLOAD = MatmulOnNumpy
