"""What indicators do alike wherever NumPy is at hand: random data, and references in float64."""

from typing import Any, List, Sequence

from pis import random_data
from pis.workload import Workload


class WithNumpy(Workload):
    """Base of the indicators that make and check their data with NumPy, kept as `self.numpy`."""

    numpy: Any = None
    _generator: Any = None

    def random(self, shape: Sequence[int]) -> Any:
        """Seeded random data as a NumPy array: new data with each call.

        NumPy has no bfloat16: float32 is made, which the framework narrows.
        """
        if self._generator is None:
            self._generator = self.numpy.random.RandomState(self.seed)
        made = "float32" if self.stored == "bfloat16" else self.stored
        return random_data.uniform(self.numpy, self._generator, shape, made)

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
