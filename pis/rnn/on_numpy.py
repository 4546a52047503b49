"""PiRnn on NumPy: the cells in ufuncs and products."""

from typing import Any, Callable, ClassVar, Mapping, Tuple

from pis.on_numpy import OnNumpy
from pis.rnn import cells, reference
from pis.workload import Check


class RnnOnNumpy(OnNumpy):
    """The recurrence with NumPy alone."""

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        "dtype": ("float32", "float64"),
        "device": ("cpu",),
    }

    def prepare(self) -> Callable[[], Any]:
        numpy = self.numpy
        self.arrays = [self.uniform(*shape) for shape in reference.shapes(self.parameters)]
        self.arrays[1] *= reference.damping(self.parameters["hidden_size"])
        inputs, matrix, *state = self.arrays
        one = inputs.dtype.type(1.0)
        step = cells.step_of(
            self.parameters["cell"],
            cells.Operations(
                matmul=numpy.matmul,
                sigmoid=lambda array: one / (one + numpy.exp(-array)),
                tanh=numpy.tanh,
                relu=lambda array: numpy.maximum(array, 0),
                split=lambda array, parts: numpy.split(array, parts, axis=-1),
            ),
        )

        def run() -> Any:
            now = tuple(state)
            for given in inputs:
                now = step(given, matrix, now)
            return now[0]

        self.step = run
        return run

    def check(self) -> Check:
        return reference.check(
            self.parameters,
            self.seed,
            self.arrays,
            self.step(),
            self.parameters["dtype"],
            self.wide,
        )


WORKLOAD = RnnOnNumpy
