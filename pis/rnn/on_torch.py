"""PiRnn on PyTorch: the cells in its operations, step by step."""

from typing import Any, Callable

from pis.on_torch import OnTorch
from pis.rnn import cells, reference
from pis.workload import Check


class RnnOnTorch(OnTorch):
    """The recurrence by PyTorch; each operation is a call from Python, as in eager mode."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        torch = self.torch
        self.arrays = [self.uniform(*shape) for shape in reference.shapes(self.parameters)]
        self.arrays[1] *= reference.damping(self.parameters["hidden_size"])
        inputs, matrix, *state = self.arrays
        step = cells.step_of(
            self.parameters["cell"],
            cells.Operations(
                matmul=torch.matmul,
                sigmoid=torch.sigmoid,
                tanh=torch.tanh,
                relu=torch.relu,
                split=lambda tensor, parts: tensor.chunk(parts, -1),
            ),
        )
        givens = list(inputs)

        def run() -> Any:
            now = tuple(state)
            for given in givens:
                now = step(given, matrix, now)
            return now[0]

        return self.timed(run)

    def check(self) -> Check:
        return reference.check(
            self.parameters,
            self.seed,
            self.arrays,
            self.step(),
            self.arithmetic(),
            self.wide,
        )


WORKLOAD = RnnOnTorch
