"""The input of the product: uniform random numbers in [-1, 1), the same in every NumPy version."""

from typing import Any

# Random numbers are made as float64: blocks bound the memory that this takes beside the matrix.
_BLOCK_ELEMENTS = 1024 * 1024


def uniform(numpy: Any, generator: Any, size: int, dtype: Any) -> Any:
    """A square matrix in row-major order.

    `generator` is a RandomState: its stream is frozen for ever, that of newer generators is not.
    """
    matrix = numpy.empty((size, size), dtype=dtype)
    rows = max(1, _BLOCK_ELEMENTS // size)
    for start in range(0, size, rows):
        block = matrix[start : start + rows]
        block[...] = 2.0 * generator.random_sample(block.shape) - 1.0
    return matrix
