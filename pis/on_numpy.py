"""What every indicator does alike on NumPy. Importing this file does not import NumPy."""

from importlib import import_module
from typing import Any, ClassVar, Dict, Mapping, Tuple

from pis.with_numpy import WithNumpy


class OnNumpy(WithNumpy):
    """Base of the indicators on NumPy, which computes on the CPU and has no bfloat16."""

    framework = "numpy"
    module = "numpy"
    distributions = ("numpy",)
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        "dtype": ("float16", "float32", "float64"),
        "device": ("cpu",),
    }

    def load(self) -> Any:
        self.numpy = import_module("numpy")
        return self.numpy

    def uniform(self, *shape: int) -> Any:
        """Seeded random data of the indicator's type: new data with each call."""
        return self.random(shape)

    def facts(self) -> Dict[str, Any]:
        """Which BLAS NumPy was built with, where this version can tell."""
        try:
            return {"blas": self.numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]}
        except (TypeError, KeyError):  # versions before 1.26 can only print it
            return {}
