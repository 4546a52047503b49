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
