"""The check of a recurrence: some sequences of the batch, in float64, gate by gate.

Sequences do not meet one another, so a few of them can be followed alone. The formulas are written
here a second time, from the definitions and for one gate at a time, with nothing but products,
`exp` and arithmetic of the standard library.
"""

import math
import random
from typing import Any, Callable, List, Mapping, Sequence, Tuple

from pis.freivalds import UNIT_ROUNDOFF, worst_of
from pis.work import GATES
from pis.workload import Check

SEQUENCES = 4


def shapes(parameters: Mapping[str, Any]) -> List[Tuple[int, ...]]:
    """Inputs of all steps, the matrix, and each part of the first state."""
    hidden, batch = parameters["hidden_size"], parameters["batch"]
    gates = GATES[parameters["cell"]]
    states = 2 if parameters["cell"] == "lstm" else 1
    inputs = (parameters["time_steps"], batch, gates * hidden)
    return [inputs, (hidden, gates * hidden), *[(batch, hidden)] * states]


def damping(hidden: int) -> float:
    """What the matrix is multiplied with, so that no state grows without bound."""
    return 1.0 / math.sqrt(hidden)


def followed(batch: int, seed: int) -> List[int]:
    """Which sequences of the batch are followed: the last one and some by chance."""
    others = random.Random(seed).sample(range(batch - 1), min(batch, SEQUENCES) - 1)
    return sorted([*others, batch - 1])


def tolerance(hidden: int, arithmetic: str) -> float:
    """The largest error of a state that rounding may cause, relative to the largest state.

    The terms of an inner product are about 1 / sqrt(H) each, so the error of a gate is a few u,
    and sqrt(H) / 4 more where the type itself accumulates; the cells forget faster than they add.
    """
    return (math.sqrt(hidden) / 2.0 + 16.0) * UNIT_ROUNDOFF[arithmetic]


def check(
    parameters: Mapping[str, Any],
    seed: int,
    arrays: Sequence[Any],
    result: Any,
    arithmetic: str,
    wide: Callable[[Any], Any],
) -> Check:
    """Compare the last state with the reference. `arrays` are those of `shapes`."""
    cell, hidden = parameters["cell"], parameters["hidden_size"]
    inputs, matrix, *state = arrays
    matrix = wide(matrix)
    worst, largest = 0.0, 0.0
    for sequence in followed(parameters["batch"], seed):
        given = wide(inputs[:, sequence])
        first = [wide(part[sequence]).tolist() for part in state]
        expected = _follow(cell, given, matrix, first)
        found = wide(result[sequence]).tolist()
        for right, is_ in zip(expected, found):
            largest = max(largest, abs(right))
            worst = worst_of(worst, abs(right - is_))
    return Check(worst / max(largest, 1e-300), tolerance(hidden, arithmetic))


def _follow(cell: str, inputs: Any, matrix: Any, state: List[List[float]]) -> List[float]:
    hidden = len(state[0])
    columns = matrix.T
    h = state[0]
    c = state[-1]
    for step in range(len(inputs)):
        x = inputs[step].tolist()
        product = _times(columns, h, inputs)
        gates = [slice(start, start + hidden) for start in range(0, len(product), hidden)]
        if cell == "vanilla":
            h = [max(0.0, a + b) for a, b in zip(x, product)]
        elif cell == "lstm":
            i, f, g, o = ([a + b for a, b in zip(x[gate], product[gate])] for gate in gates)
            c = [
                _logistic(forget) * old + _logistic(take) * math.tanh(new)
                for forget, old, take, new in zip(f, c, i, g)
            ]
            h = [_logistic(out) * math.tanh(memory) for out, memory in zip(o, c)]
        else:
            reset, update = (
                [_logistic(a + b) for a, b in zip(x[gate], product[gate])] for gate in gates[:2]
            )
            new = [math.tanh(a + r * b) for a, r, b in zip(x[gates[2]], reset, product[gates[2]])]
            h = [(1.0 - z) * n + z * old for z, n, old in zip(update, new, h)]
    return h


def _times(columns: Any, vector: List[float], like: Any) -> List[float]:
    """The matrix of these columns times a vector, in the kind of array that `like` is."""
    array = like.new_tensor(vector) if hasattr(like, "new_tensor") else vector
    product: List[float] = (columns @ array).tolist()
    return product


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
