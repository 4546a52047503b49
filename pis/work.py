"""Operation counts: how many floating-point operations one iteration of an indicator takes.

A count is that of the textbook algorithm, whatever a library does inside: a faster algorithm
shows as a higher rate. Each function names its source; `tests/unit/pis/test_work.py` counts small
cases by hand.
"""


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
    return 3 * elements * {"float32": 4, "float64": 8}[dtype]


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
