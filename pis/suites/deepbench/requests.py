"""DeepBench's problems in the words of the indicators.

DeepBench stores matrices by columns, the indicators by rows: the product C = A B by columns is
C^T = B^T A^T by rows. The operands then lie in memory as DeepBench has them, and the BLAS gets the
very call that DeepBench makes; m and n, and the transpose flags of A and B, change places.
"""

from typing import Any, Dict, Mapping, Tuple

from pis.suites.deepbench import work
from pis.suites.request import Calibration, Request

ARITHMETIC = "arithmetic"
MEMORY = "memory"

_BY_COLUMNS = "by columns, as DeepBench stores it: m and n, and the flags of a and b, change places"
_PLAIN = {"transpose_a": False, "transpose_b": False}


def gemm(case: Mapping[str, Any]) -> Request:
    """A dense product."""
    m, n, k = case["m"], case["n"], case["k"]
    held = m * k + k * n + m * n
    return Request(
        "gemm",
        {
            "m": n,
            "n": m,
            "k": k,
            "transpose_a": case["transpose_b"],
            "transpose_b": case["transpose_a"],
        },
        elements=held,
        moved=held,
        # SciPy stands on NumPy, whose products are its dense ones
        instead={"scipy": "numpy"},
        note=_BY_COLUMNS,
    )


def convolution(case: Mapping[str, Any], direction: str) -> Request:
    """A convolution of images in one direction, NCHW where the framework has it."""
    p = work.outputs(case["w"], case["filter_w"], case["pad_w"], case["stride_w"])
    q = work.outputs(case["h"], case["filter_h"], case["pad_h"], case["stride_h"])
    images = case["n"] * case["c"] * case["w"] * case["h"]
    filters = case["k"] * case["c"] * case["filter_w"] * case["filter_h"]
    output = case["n"] * case["k"] * p * q
    held = images + filters + output
    return Request(
        "conv2d",
        {
            "batch": case["n"],
            "input_height": case["h"],
            "input_width": case["w"],
            "input_channels": case["c"],
            "filter_height": case["filter_h"],
            "filter_width": case["filter_w"],
            "output_channels": case["k"],
            "strides": _one_stride(case),
            "padding": "EXPLICIT",
            "pad_height": case["pad_h"],
            "pad_width": case["pad_w"],
            "data_format": "NCHW",
            "direction": direction,
        },
        elements=held,
        moved=held,
        otherwise={"data_format": "NHWC"},
        # NumPy copies the windows out before it multiplies
        workspace={"numpy": case["n"] * p * q * case["c"] * case["filter_w"] * case["filter_h"]},
    )


def _one_stride(case: Mapping[str, Any]) -> int:
    if case["stride_w"] != case["stride_h"]:
        raise ValueError(f"conv2d has one step for both sides, this case has two: {case}")
    return int(case["stride_w"])


def recurrence(case: Mapping[str, Any]) -> Request:
    """The forward pass of a recurrent layer; the matrix is read again in each step."""
    hidden, batch, steps = case["hidden"], case["batch"], case["timesteps"]
    gates = work.GATES[case["cell"]]
    matrix, inputs = gates * hidden**2, gates * steps * batch * hidden
    return Request(
        "rnn",
        {"cell": case["cell"], "hidden_size": hidden, "batch": batch, "time_steps": steps},
        elements=matrix + inputs + 2 * batch * hidden,
        moved=steps * matrix + inputs,
    )


def sparse(case: Mapping[str, Any]) -> Request:
    """A sparse times a dense matrix. An index lies beside each number that is not zero."""
    m, n, k = case["m"], case["n"], case["k"]
    held = 2 * work.nonzeros(m, k, case["sparsity"]) + k * n + m * n
    return Request(
        "sparse_gemm",
        {"m": m, "n": n, "k": k, "sparsity": case["sparsity"]},
        elements=held + m * k,  # the dense matrix that it is made of
        moved=held,
    )


def allreduce(case: Mapping[str, Any]) -> Request:
    """The sum of one vector of each process, all numbers of one of them.

    How many processes there are, whoever measures chooses.
    """
    floats = case["num_floats"]
    return Request("allreduce", {"num_floats": floats}, elements=2 * floats, moved=2 * floats)


def _product(kind: str, m: int, n: int, k: int, repeats: int) -> Calibration:
    request = gemm({"m": m, "n": n, "k": k, **_PLAIN})
    return Calibration(kind, request, work.gemm(m, n, k), repeats)


def _sparse_product(kind: str, m: int, n: int, k: int, repeats: int) -> Calibration:
    case = {"m": m, "n": n, "k": k, "sparsity": 0.95}
    return Calibration(kind, sparse(case), work.sparse(m, n, k, 0.95), repeats)


def _lstm(kind: str, hidden: int, batch: int, steps: int, repeats: int) -> Calibration:
    case = {"cell": "lstm", "hidden": hidden, "batch": batch, "timesteps": steps}
    flop = work.recurrent("lstm", hidden, batch, steps, inference=False)
    return Calibration(kind, recurrence(case), flop, repeats)


def _images(width: int, channels: int, batch: int, taps: int, repeats: int) -> Calibration:
    pad = taps // 2
    case: Dict[str, Any] = {"w": width, "h": width, "c": channels, "n": batch, "k": channels}
    case.update(filter_w=taps, filter_h=taps, pad_w=pad, pad_h=pad, stride_w=1, stride_h=1)
    flop = work.convolution(width, width, channels, batch, channels, taps, taps, pad, pad, 1, 1)
    return Calibration(ARITHMETIC, convolution(case, "forward"), flop, repeats)


GEMM_CALIBRATIONS: Tuple[Calibration, ...] = (
    _product(ARITHMETIC, 1024, 1024, 1024, 10),
    _product(MEMORY, 4096, 1, 2048, 20),
)
CONV_CALIBRATIONS: Tuple[Calibration, ...] = (_images(56, 64, 2, 3, 10),)
RNN_CALIBRATIONS: Tuple[Calibration, ...] = (
    _lstm(ARITHMETIC, 1024, 32, 5, 10),
    _lstm(MEMORY, 1024, 1, 10, 10),
)
SPARSE_CALIBRATIONS: Tuple[Calibration, ...] = (
    _sparse_product(ARITHMETIC, 2048, 256, 2048, 10),
    _sparse_product(MEMORY, 4096, 1, 2048, 20),
    *GEMM_CALIBRATIONS,
)
ALLREDUCE_CALIBRATIONS: Tuple[Calibration, ...] = (
    Calibration(MEMORY, allreduce({"num_floats": 1000000}), None, 10),
)
