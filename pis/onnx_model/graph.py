"""A graph that is written down as one would compute: operations on values give values."""

from typing import Any, List, Sequence

from pis.onnx_model import messages


class Value:
    """What an operation makes, by name. Adding and multiplying makes new nodes."""

    def __init__(self, graph: "Graph", name: str) -> None:
        self.graph = graph
        self.name = name

    def __add__(self, other: "Value") -> "Value":
        return self.graph.apply("Add", self, other)

    def __sub__(self, other: "Value") -> "Value":
        return self.graph.apply("Sub", self, other)

    def __mul__(self, other: "Value") -> "Value":
        return self.graph.apply("Mul", self, other)


class Graph:
    """A graph that grows. A graph inside another one may use the values of the outer one.

    The names of an inner graph must not occur in the outer one: `name` is put before them.
    """

    def __init__(self, name: str = "graph") -> None:
        self.name = name
        self._nodes: List[bytes] = []
        self._constants: List[bytes] = []
        self._inputs: List[bytes] = []
        self._outputs: List[bytes] = []
        self._named = 0

    def input(self, name: str, dtype: str, shape: Sequence[int]) -> Value:
        """A value that is handed in."""
        value = self._value(name)
        self._inputs.append(messages.value(value.name, dtype, shape))
        return value

    def constant(self, name: str, array: Any) -> Value:
        """A value that is part of the model, from a NumPy array."""
        value = self._value(name)
        little = array.astype(array.dtype.newbyteorder("<"))
        self._constants.append(
            messages.tensor(value.name, array.dtype.name, array.shape, little.tobytes())
        )
        return value

    def apply(self, operator: str, *values: Value, **attributes: Any) -> Value:
        """The result of an operation that has one."""
        (result,) = self.apply_many(operator, 1, *values, **attributes)
        return result

    def apply_many(
        self, operator: str, results: int, *values: Value, **attributes: Any
    ) -> List[Value]:
        """The results of an operation that has several. The values may be those of an outer graph."""
        made = [self._value() for _ in range(results)]
        self._nodes.append(
            messages.node(
                operator,
                [value.name for value in values],
                [value.name for value in made],
                attributes,
            )
        )
        return made

    def output(self, value: Value, dtype: str, shape: Sequence[int]) -> None:
        """Hand a value out."""
        self._outputs.append(messages.value(value.name, dtype, shape))

    def encoded(self) -> bytes:
        """The graph as a message."""
        return messages.graph(self.name, self._nodes, self._constants, self._inputs, self._outputs)

    def model(self) -> bytes:
        """The graph as a whole model."""
        return messages.model(self.encoded())

    def _value(self, name: str = "") -> Value:
        self._named += 1
        return Value(self, f"{self.name}/{name or self._named}")
