"""Input data: uniform random numbers in [-1, 1), the same in every NumPy version.

Integers are -127 to 127, so that each has its negative.
"""

from typing import Any, Sequence

# Random numbers are made as float64: blocks bound the memory that this takes beside the array.
_BLOCK_ELEMENTS = 1024 * 1024


def uniform(numpy: Any, generator: Any, shape: Sequence[int], dtype: Any) -> Any:
    """An array in row-major order.

    `generator` is a RandomState: its stream is frozen for ever, that of newer generators is not.
    """
    array = numpy.empty(tuple(shape), dtype=dtype)
    flat = array.reshape(-1)
    integers = array.dtype.kind == "i"
    for start in range(0, len(flat), _BLOCK_ELEMENTS):
        block = flat[start : start + _BLOCK_ELEMENTS]
        drawn = generator.random_sample(len(block))
        block[...] = numpy.floor(255.0 * drawn) - 127.0 if integers else 2.0 * drawn - 1.0
    return array
