"""Operation counts: how many floating-point operations one iteration of an indicator takes.

A count is that of the textbook algorithm, whatever a library does inside: a faster algorithm
shows as a higher rate. Each function names its source; `tests/unit/pis/test_work.py` counts small
cases by hand.
"""

#: Bytes of one number in memory. TF32 lies there as float32.
ELEMENT_BYTES = {"int8": 1, "float16": 2, "bfloat16": 2, "float32": 4, "tf32": 4, "float64": 8}

#: Bytes of one number of a result that is wider than its operands.
_RESULT_BYTES = {**ELEMENT_BYTES, "int8": 4}


def product(rows: int, inner: int, columns: int) -> int:
    """Operations of a dense (rows x inner) times (inner x columns) product.

    Each of the rows * columns entries is an inner product of length `inner`: `inner`
    multiplications and `inner - 1` additions. Source: G. H. Golub, C. F. Van Loan, Matrix
    Computations, 4th edition, section 1.1.
    """
    return rows * columns * (2 * inner - 1)


def square_product(size: int) -> int:
    """Operations of the product of two dense square matrices: 2 n^3 - n^2."""
    return product(size, size, size)


def gemm(rows: int, columns: int, inner: int, batch: int = 1) -> int:
    """Operations of `batch` general products, 2 m n k each.

    A multiplication and an addition for each of the m n k terms, so that the accumulation into C
    counts. Source: DeepBench, sheets of the GEMM results; scaling and transposing count nothing.
    """
    return 2 * rows * columns * inner * batch


def product_bytes(rows: int, inner: int, columns: int, dtype: str, batch: int = 1) -> int:
    """Bytes that a dense product must move: both operands read once, the result written once.

    What a cache is too small for is read again and not counted, so it is a lower bound. Source:
    S. Williams, A. Waterman, D. Patterson, Roofline: an insightful visual performance model for
    multicore architectures, which calls this traffic compulsory.
    """
    operands = (rows * inner + inner * columns) * ELEMENT_BYTES[dtype]
    return batch * (operands + rows * columns * _RESULT_BYTES[dtype])


def sparse_product(nonzeros: int, columns: int) -> int:
    """Operations of a sparse matrix times a dense one: 2 for each stored entry and column.

    Source: DeepBench's driver for Intel's library. Its sheets divide the number of the *zero*
    terms, `sparse_sheet`, by the time instead.
    """
    return 2 * nonzeros * columns


def sparse_sheet(rows: int, columns: int, inner: int, sparsity: float) -> float:
    """2 m n k sparsity: what the published sheets of sparse products divide by the time.

    It counts terms that are zero, which nobody computes. Only for a comparison with those sheets.
    """
    return 2.0 * rows * columns * inner * sparsity


def reduction(elements: int, processes: int) -> int:
    """Additions of the sum of one vector of each process: p - 1 for each element."""
    return elements * (processes - 1)


def reduction_bytes(elements: int, processes: int) -> int:
    """Bytes of the float32 vectors of all processes.

    Source: DeepBench, sheets of the all-reduce results. It grows with p, whatever a link carries.
    """
    return elements * processes * ELEMENT_BYTES["float32"]


def convolution(batch: int, outputs: int, taps: int, channels: int, filters: int) -> int:
    """Operations of a direct convolution: 2 for each filter tap of each output.

    `outputs` are the positions of one output image, `taps` those of one filter. Taps on padding
    count as well. The same number stands for the forward pass and for each backward pass. Source:
    DeepBench, sheets of the convolution results; the profiler of TensorFlow counts alike.
    """
    return 2 * batch * outputs * taps * channels * filters


def triad(elements: int) -> int:
    """Operations of a = b + s c: a multiplication and an addition for each element.

    Source: J. D. McCalpin, STREAM: Sustainable Memory Bandwidth in High Performance Computers.
    """
    return 2 * elements


def triad_bytes(elements: int, dtype: str) -> int:
    """Bytes of a = b + s c as STREAM counts them: b and c read, a written.

    What a cache fetches of `a` before it is overwritten is not counted.
    """
    return 3 * elements * ELEMENT_BYTES[dtype]


#: Products of the state with a square matrix in one step of each cell.
GATES = {"vanilla": 1, "lstm": 4, "gru": 3}


def recurrence(cell: str, hidden: int, batch: int, steps: int) -> int:
    """Operations of a recurrent layer without the projection of its input.

    2 H^2 for each gate, step and sequence; a vanilla cell counts the addition of its input too.
    Source: DeepBench, training sheets of the RNN results (its inference sheets add T N H to LSTM
    and GRU as well).
    """
    products = 2 * GATES[cell] * steps * batch * hidden * hidden
    return products + (steps * batch * hidden if cell == "vanilla" else 0)


def recurrence_bytes(cell: str, hidden: int, batch: int, steps: int, dtype: str) -> int:
    """Bytes that a recurrent layer must move: projected inputs, the matrix once, first and last state.

    It holds where the matrix stays in a cache from step to step; otherwise more is moved.
    """
    inputs = steps * batch * GATES[cell] * hidden
    states = (2 if cell == "lstm" else 1) + 1
    return (inputs + GATES[cell] * hidden * hidden + states * batch * hidden) * ELEMENT_BYTES[dtype]
