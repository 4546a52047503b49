"""PiRnn on ONNX Runtime: the cells in its operations, in a `Scan` of one graph.

ONNX's own RNN, LSTM and GRU multiply the input with a matrix as well and cannot be told not to.
"""

from typing import Any, Callable

from pis.on_onnxruntime import OnOnnxruntime
from pis.onnx_model.graph import Graph, Value
from pis.onnx_model.messages import Subgraph
from pis.rnn import cells, reference
from pis.workload import Check


class RnnOnOnnxruntime(OnOnnxruntime):
    """The recurrence by ONNX Runtime; the matrix is a constant, as in a model."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        self.arrays = [self.uniform(*shape) for shape in reference.shapes(self.parameters)]
        self.arrays[1] *= reference.damping(self.parameters["hidden_size"])
        inputs, matrix, *state = self.arrays
        constant = self.graph.constant("matrix", matrix)
        body = self._step(constant, inputs.shape[1:], [part.shape for part in state])
        last = self.graph.apply_many(
            "Scan",
            len(state),
            *[self.given(part) for part in state],
            self.given(inputs),
            body=Subgraph(body.encoded()),
            num_scan_inputs=1,
        )
        return self.timed(last[0], state[0].shape)

    def check(self) -> Check:
        return reference.check(
            self.parameters, self.seed, self.arrays, self.made(), self.arithmetic(), self.wide
        )

    def _step(self, matrix: Value, inputs: Any, states: Any) -> Graph:
        """The graph of one step: from state and inputs to the next state."""
        body, dtype = Graph("step"), self.stored
        now = tuple(
            body.input(f"state{number}", dtype, shape) for number, shape in enumerate(states)
        )
        step = cells.step_of(
            self.parameters["cell"],
            cells.Operations(
                matmul=lambda state, constant: body.apply("MatMul", state, constant),
                sigmoid=lambda value: body.apply("Sigmoid", value),
                tanh=lambda value: body.apply("Tanh", value),
                relu=lambda value: body.apply("Relu", value),
                split=lambda value, parts: body.apply_many("Split", parts, value, axis=-1),
            ),
        )
        following = step(body.input("inputs", dtype, inputs), matrix, now)
        for value, shape in zip(following, states):
            body.output(value, dtype, shape)
        return body


WORKLOAD = RnnOnOnnxruntime
