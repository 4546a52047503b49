"""DeepBench's own arithmetic: what its result sheets divide by the time.

The formulas stand in the cells of the published sheets. They are those of DeepBench, also where
they count what is not computed: a number of ours beside a published one must mean the same.
"""

from typing import Mapping

#: Matrix products of each time step: one for each gate.
GATES: Mapping[str, int] = {"vanilla": 1, "lstm": 4, "gru": 3}
FLOAT_BYTES = 4


def gemm(m: int, n: int, k: int) -> int:
    """2 m n k: a multiplication and an addition for each term; scaling counts nothing."""
    return 2 * m * n * k


def outputs(size: int, taps: int, pad: int, stride: int) -> int:
    """Positions of the filter along one side: 1 + floor((size - taps + 2 pad) / stride)."""
    return 1 + (size - taps + 2 * pad) // stride


def convolution(
    w: int,
    h: int,
    c: int,
    n: int,
    k: int,
    filter_w: int,
    filter_h: int,
    pad_w: int,
    pad_h: int,
    stride_w: int,
    stride_h: int,
) -> int:
    """2 P Q n k c r s of the direct algorithm, taps on padding counted; alike for every phase."""
    p = outputs(w, filter_w, pad_w, stride_w)
    q = outputs(h, filter_h, pad_h, stride_h)
    return 2 * p * q * n * k * c * filter_w * filter_h


def recurrent(cell: str, hidden: int, batch: int, timesteps: int, *, inference: bool) -> int:
    """2 gates T N H^2, and T N H more for vanilla cells and for every cell of an inference sheet."""
    products = 2 * GATES[cell] * timesteps * batch * hidden**2
    additions = timesteps * batch * hidden
    return products + additions if inference or cell == "vanilla" else products


def nonzeros(m: int, k: int, sparsity: float) -> int:
    """Entries that are left, as expected: each is zeroed with probability `sparsity`."""
    return round(m * k * (1 - sparsity))


def sparse(m: int, n: int, k: int, sparsity: float) -> int:
    """2 nnz n: the work that is done."""
    return 2 * nonzeros(m, k, sparsity) * n


def sparse_sheet(m: int, n: int, k: int, sparsity: float) -> float:
    """2 m n k sparsity: what the sheets of servers and of the Raspberry Pi divide by the time.

    It counts the terms that are zero. The sheets of the iPhone take half of it.
    """
    return 2 * m * n * k * sparsity


def allreduce_bytes(num_floats: int, processes: int = 1) -> int:
    """Bytes of the vectors of all processes: what the sheets divide by the time."""
    return num_floats * FLOAT_BYTES * processes
