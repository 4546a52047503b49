"""The messages of an ONNX model. Numbers of fields and types are those of its schema, `onnx.proto`."""

from typing import Any, Dict, Iterable, NamedTuple, Sequence

from pis.onnx_model import wire

#: Of NumPy's types: the number that the schema gives each (enumeration DataType of TensorProto).
TYPES: Dict[str, int] = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "int32": 6,
    "float16": 10,
    "float64": 11,
}

# Every version of ONNX Runtime that can bind its inputs reads these (1.5 of 2020 and later).
_FORMAT_VERSION = 6
_OPERATORS_VERSION = 11

# Enumeration AttributeType of AttributeProto.
_INTEGER, _GRAPH, _INTEGERS = 2, 5, 7


class Subgraph(NamedTuple):
    """An encoded graph as the value of an attribute."""

    encoded: bytes


def model(graph: bytes) -> bytes:
    """ModelProto: the whole."""
    operators = wire.text(1, "") + wire.integer(2, _OPERATORS_VERSION)  # "": the default domain
    return (
        wire.integer(1, _FORMAT_VERSION)
        + wire.text(2, "pis")
        + wire.content(7, graph)
        + wire.content(8, operators)
    )


def graph(
    name: str,
    nodes: Iterable[bytes],
    constants: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
) -> bytes:
    """GraphProto: nodes in the order in which they can be computed, and what they begin from."""
    parts = [wire.content(1, node) for node in nodes]
    parts.append(wire.text(2, name))
    parts.extend(wire.content(5, constant) for constant in constants)
    parts.extend(wire.content(11, value) for value in inputs)
    parts.extend(wire.content(12, value) for value in outputs)
    return b"".join(parts)


def node(
    operator: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Dict[str, Any]
) -> bytes:
    """NodeProto: one operation on named values."""
    parts = [wire.text(1, name) for name in inputs]
    parts.extend(wire.text(2, name) for name in outputs)
    parts.append(wire.text(4, operator))
    parts.extend(
        wire.content(5, attribute(name, value)) for name, value in sorted(attributes.items())
    )
    return b"".join(parts)


def attribute(name: str, value: Any) -> bytes:
    """AttributeProto: a whole number, a list of them, or a graph."""
    parts = [wire.text(1, name)]
    if isinstance(value, Subgraph):
        parts.extend([wire.content(6, value.encoded), wire.integer(20, _GRAPH)])
    elif isinstance(value, int):
        parts.extend([wire.integer(3, value), wire.integer(20, _INTEGER)])
    else:
        parts.extend(wire.integer(8, int(each)) for each in value)
        parts.append(wire.integer(20, _INTEGERS))
    return b"".join(parts)


def tensor(name: str, dtype: str, shape: Iterable[int], raw: bytes) -> bytes:
    """TensorProto: a constant; `raw` holds its numbers in row-major order, lowest byte first."""
    dimensions = b"".join(wire.integer(1, extent) for extent in shape)
    return dimensions + wire.integer(2, TYPES[dtype]) + wire.text(8, name) + wire.content(9, raw)


def value(name: str, dtype: str, shape: Iterable[int]) -> bytes:
    """ValueInfoProto: name, type and shape of an input or output."""
    # TensorShapeProto holds Dimension messages in field 1, each with its extent in field 1
    dimensions = b"".join(wire.content(1, wire.integer(1, extent)) for extent in shape)
    tensor_type = wire.integer(1, TYPES[dtype]) + wire.content(2, dimensions)
    return wire.text(1, name) + wire.content(2, wire.content(1, tensor_type))
