"""PiRnn on TensorFlow: the cells in its operations, in a `tf.while_loop` of one graph."""

from typing import Any, Callable

from pis.on_tensorflow import OnTensorflow
from pis.rnn import cells, reference
from pis.workload import Check


class RnnOnTensorflow(OnTensorflow):
    """The recurrence by TensorFlow: a `tf.function` in version 2, whose first call traces it."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        arrays = [self.uniform(*shape) for shape in reference.shapes(self.parameters)]
        arrays[1] *= reference.damping(self.parameters["hidden_size"])
        run = self._run if self._graph else self.tensorflow.function(self._run)
        return self.timed(run, *arrays)

    def check(self) -> Check:
        *arrays, found = self.fetched()
        return reference.check(
            self.parameters, self.seed, arrays, found, self.arithmetic(), self.wide
        )

    def _run(self, inputs: Any, matrix: Any, *state: Any) -> Any:
        tensorflow, steps = self.tensorflow, self.parameters["time_steps"]
        step = cells.step_of(
            self.parameters["cell"],
            cells.Operations(
                matmul=tensorflow.matmul,
                sigmoid=tensorflow.sigmoid,
                tanh=tensorflow.tanh,
                relu=tensorflow.nn.relu,
                split=lambda tensor, parts: tensorflow.split(tensor, parts, axis=-1),
            ),
        )
        _, *last = tensorflow.while_loop(
            lambda number, *_: number < steps,
            lambda number, *now: (number + 1, *step(inputs[number], matrix, now)),
            (tensorflow.constant(0), *state),
        )
        return last[0]


WORKLOAD = RnnOnTensorflow
