"""What every indicator does alike on NumPy. Importing this file does not import NumPy."""

from importlib import import_module
from typing import Any, ClassVar, Dict, List, Mapping, Sequence, Tuple

from pis import random_data
from pis.workload import Workload


class OnNumpy(Workload):
    """Base of the indicators on NumPy, which computes on the CPU and has no bfloat16."""

    framework = "numpy"
    module = "numpy"
    distributions = ("numpy",)
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        "dtype": ("float16", "float32", "float64"),
        "device": ("cpu",),
    }

    _generator: Any = None

    def load(self) -> Any:
        self.numpy: Any = import_module("numpy")
        return self.numpy

    def uniform(self, *shape: int) -> Any:
        """Seeded random data of the indicator's type: new data with each call."""
        if self._generator is None:
            self._generator = self.numpy.random.RandomState(self.seed)
        return random_data.uniform(self.numpy, self._generator, shape, self.parameters["dtype"])

    def vectors(self, rows: Sequence[List[float]]) -> Any:
        """Rows of numbers as float64."""
        return self.numpy.array(rows, dtype="float64")

    def zeros(self, *shape: int) -> Any:
        """Zeros in float64, to add up a reference in."""
        return self.numpy.zeros(shape)

    @staticmethod
    def wide(array: Any) -> Any:
        """The array in float64."""
        return array.astype("float64")

    def facts(self) -> Dict[str, Any]:
        """Which BLAS NumPy was built with, where this version can tell."""
        try:
            return {"blas": self.numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]}
        except (TypeError, KeyError):  # versions before 1.26 can only print it
            return {}
