"""Graphs byte by byte (that the `onnx` package reads them too: integration tests)."""

from __future__ import annotations

import numpy as np

from pis.onnx_model import messages, wire
from pis.onnx_model.graph import Graph


def test_a_product_byte_by_byte() -> None:
    graph = Graph("g")
    a = graph.input("a", "float32", (2, 3))
    product = graph.apply("MatMul", a, graph.input("b", "float32", (3, 1)))
    graph.output(product, "float32", (2, 1))
    node = wire.content(1, b"\x0a\x03g/a\x0a\x03g/b\x12\x03g/3\x22\x06MatMul")
    shapes = {"a": b"\x0a\x02\x08\x02\x0a\x02\x08\x03", "b": b"\x0a\x02\x08\x03\x0a\x02\x08\x01"}
    values = {
        name: b"\x0a\x03g/" + name.encode() + b"\x12\x0e\x0a\x0c\x08\x01\x12\x08" + shape
        for name, shape in shapes.items()
    }
    last = b"\x0a\x03g/3\x12\x0e\x0a\x0c\x08\x01\x12\x08\x0a\x02\x08\x02\x0a\x02\x08\x01"
    expected = (
        node
        + b"\x12\x01g"
        + wire.content(11, values["a"])
        + wire.content(11, values["b"])
        + wire.content(12, last)
    )
    assert graph.encoded() == expected
    # version of the format, who made it, the graph, version 11 of the operators
    assert (
        graph.model()
        == b"\x08\x06\x12\x03pis" + wire.content(7, expected) + b"\x42\x04\x0a\x00\x10\x0b"
    )


def test_a_constant_lies_in_row_major_order() -> None:
    array = np.array([[1, 2], [3, 4]], dtype="int8").T
    graph = Graph("g")
    graph.constant("c", array)
    assert messages.tensor("g/c", "int8", (2, 2), b"\x01\x03\x02\x04") in graph.encoded()


def test_arithmetic_makes_nodes_in_order() -> None:
    graph = Graph("g")
    a, b = graph.input("a", "float32", ()), graph.input("b", "float32", ())
    result = a + b * a - b
    encoded = graph.encoded()
    places = [encoded.index(word) for word in (b"\x22\x03Mul", b"\x22\x03Add", b"\x22\x03Sub")]
    assert places == sorted(places)
    assert result.name == "g/5"


def test_names_of_an_inner_graph_are_its_own() -> None:
    outer, inner = Graph(), Graph("step")
    assert outer.input("x", "float32", ()).name != inner.input("x", "float32", ()).name


def test_attributes() -> None:
    assert messages.attribute("transA", 1) == b"\x0a\x06transA\x18\x01\xa0\x01\x02"
    assert messages.attribute("perm", [1, 0]) == b"\x0a\x04perm\x40\x01\x40\x00\xa0\x01\x07"
    inner = messages.attribute("body", messages.Subgraph(b"\x12\x01g"))
    assert inner == b"\x0a\x04body\x32\x03\x12\x01g\xa0\x01\x05"
    # a negative axis has ten bytes
    assert messages.attribute("axis", -1) == b"\x0a\x04axis\x18" + b"\xff" * 9 + b"\x01\xa0\x01\x02"
