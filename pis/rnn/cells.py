"""One step of each cell, in the operations of the framework that are handed in.

The inputs of a step, its products with the state and the matrices hold the gates side by side:
input, forget, candidate, output (lstm); reset, update, candidate (gru).
"""

from typing import Any, Callable, Dict, NamedTuple, Tuple

State = Tuple[Any, ...]
Step = Callable[[Any, Any, State], State]


class Operations(NamedTuple):
    """What the cells need of a framework. `split(array, n)` divides the last side in n."""

    matmul: Callable[[Any, Any], Any]
    sigmoid: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    relu: Callable[[Any], Any]
    split: Callable[[Any, int], Any]


def step_of(cell: str, operations: Operations) -> Step:
    """The function (inputs of the step, matrix, state) -> state; the state begins with h."""
    matmul, sigmoid, tanh, relu, split = operations

    def vanilla(inputs: Any, matrix: Any, state: State) -> State:
        return (relu(inputs + matmul(state[0], matrix)),)

    def lstm(inputs: Any, matrix: Any, state: State) -> State:
        gates = split(inputs + matmul(state[0], matrix), 4)
        memory = sigmoid(gates[1]) * state[1] + sigmoid(gates[0]) * tanh(gates[2])
        return sigmoid(gates[3]) * tanh(memory), memory

    def gru(inputs: Any, matrix: Any, state: State) -> State:
        given, own = split(inputs, 3), split(matmul(state[0], matrix), 3)
        reset, update = sigmoid(given[0] + own[0]), sigmoid(given[1] + own[1])
        candidate = tanh(given[2] + reset * own[2])
        return (candidate + update * (state[0] - candidate),)

    steps: Dict[str, Step] = {"vanilla": vanilla, "lstm": lstm, "gru": gru}
    return steps[cell]
