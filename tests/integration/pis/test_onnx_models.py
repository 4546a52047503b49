"""The models for ONNX Runtime are what the `onnx` package says that a model must be."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pis import catalogue

pytestmark = [pytest.mark.framework, pytest.mark.network]

PARENT = str(Path(catalogue.folder()).parent)

CHECKED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import onnx
from pis import catalogue
for name, parameters in json.load(sys.stdin):
    workload = catalogue.workload(name, "onnxruntime")(parameters, 1)
    workload.load()
    workload.prepare()
    model = onnx.load_from_string(workload.graph.model())
    onnx.checker.check_model(model, full_check=True)  # with inference of all shapes
    print(json.dumps([node.op_type for node in model.graph.node]))
"""


def operators(python: Path, cases: list[tuple[str, dict[str, Any]]]) -> list[list[str]]:
    settled = []
    for name, given in cases:
        values, faults = catalogue.check(name, "onnxruntime", given)
        assert faults == []
        settled.append((name, values))
    done = subprocess.run(
        [str(python), "-B", "-c", CHECKED, PARENT],
        input=json.dumps(settled),
        capture_output=True,
        text=True,
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(cases), done.stderr[-2000:]
    return found


def test_every_model_is_valid(onnx_python: Path) -> None:
    turned = itertools.product((False, True), (False, True), (1, 3))
    cases: list[tuple[str, dict[str, Any]]] = [("matmul", {}), ("stream_triad", {"elements": 9})]
    cases += [
        ("gemm", {"m": 3, "n": 4, "k": 5, "transpose_a": a, "transpose_b": b, "batch": batch})
        for a, b, batch in turned
    ]
    cases += [("conv1d", {"data_format": order}) for order in ("NWC", "NCW")]
    cases += [
        ("conv2d", {"input_height": 30, "data_format": order, "padding": padding})
        for order, padding in itertools.product(("NHWC", "NCHW"), ("SAME", "VALID"))
    ]
    cases += [("rnn", {"cell": cell, "hidden_size": 8}) for cell in ("vanilla", "lstm", "gru")]
    found = operators(onnx_python, cases)
    # nothing but what is measured
    assert found[:2] == [["MatMul"], ["Scan"]]
    assert found[2:10:2] == [["Gemm"]] * 4
    assert found[10:12] == [["Transpose", "Conv", "Transpose"], ["Conv"]]
    assert found[-3:] == [["Scan"]] * 3


SAME = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy, onnx
from onnx import TensorProto, helper, numpy_helper
from pis.onnx_model.graph import Graph
from pis.onnx_model.messages import TYPES, Subgraph

own = Graph("graph")
filters = numpy.arange(24, dtype="float32").reshape(2, 3, 2, 2)
body = Graph("step")
body.output(body.input("s", "float32", (1,)) + body.input("x", "float32", (1,)), "float32", (1,))
data = own.input("x", "float32", (1, 3, 5, 5))
found = own.apply("Conv", data, own.constant("f", filters), strides=(2, 1), pads=[0, 1, 0, 1])
own.apply("Scan", own.input("h", "float32", (1,)), own.input("g", "float32", (4, 1)),
          body=Subgraph(body.encoded()), num_scan_inputs=1)
own.output(found, "float32", (1, 2, 2, 6))

value = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
add = helper.make_node("Add", ["step/s", "step/x"], ["step/3"])
step = helper.make_graph([add], "step", [value("step/s", 1), value("step/x", 1)], [value("step/3", 1)])
conv = helper.make_node("Conv", ["graph/x", "graph/f"], ["graph/3"], strides=(2, 1), pads=[0, 1, 0, 1])
scan = helper.make_node("Scan", ["graph/h", "graph/g"], ["graph/6"], body=step, num_scan_inputs=1)
graph = helper.make_graph(
    [conv, scan], "graph",
    [value("graph/x", 1, 3, 5, 5), value("graph/h", 1), value("graph/g", 4, 1)],
    [value("graph/3", 1, 2, 2, 6)], [numpy_helper.from_array(filters, "graph/f")])
theirs = helper.make_model(
    graph, producer_name="pis", ir_version=6, opset_imports=[helper.make_opsetid("", 11)])
ours = onnx.load_from_string(own.model())
assert ours == theirs, onnx.printer.to_text(ours)
for name, number in TYPES.items():
    assert helper.np_dtype_to_tensor_dtype(numpy.dtype(name)) == number, name
"""


def test_a_model_is_the_one_that_the_package_would_make(onnx_python: Path) -> None:
    done = subprocess.run(
        [str(onnx_python), "-B", "-c", SAME, PARENT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
