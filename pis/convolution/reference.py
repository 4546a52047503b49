"""The check of a convolution: Freivalds' idea, as in `pis.freivalds`.

A convolution is linear in its channels. So the result times a few vectors of random signs, one
sign for each channel, must be the convolution with the filters times the same vectors: that has a
few channels instead of all of them, is computed in float64 tap by tap as the definition says, and
sees every entry of the result. The difference is divided by the same sum of absolute values, over
the root of the number of channels, and so reads in units of rounding errors.

All arrays have their channels last: data is (batch, height, width, channels), filters are
(height, width, channels, filters). The code uses operators only, so that NumPy arrays and PyTorch
tensors both pass through it.
"""

import math
from typing import Any, Callable, Iterator, Tuple

from pis.convolution.geometry import BACKWARD_DATA, BACKWARD_WEIGHTS, Geometry
from pis.freivalds import VECTORS, tolerance, worst_of
from pis.workload import Check

Zeros = Callable[..., Any]


def projected_channels(geometry: Geometry, direction: str) -> int:
    """How many signs a vector needs: the channels of what the direction computes."""
    return geometry.channels if direction == BACKWARD_DATA else geometry.filters


def check(
    geometry: Geometry,
    direction: str,
    operands: Tuple[Any, Any],
    result: Any,
    vectors: Any,
    arithmetic: str,
    wide: Callable[[Any], Any],
    zeros: Zeros,
) -> Check:
    """Compare `result` with its definition.

    `operands` are the input and the filters (forward), the gradient of the output and the filters
    (backward_data), or the input and the gradient of the output (backward_weights). `vectors` are
    `freivalds.signs` of the projected channels, `wide` makes float64 of an array and `zeros` a
    float64 array of zeros.
    """
    taps = geometry.filter[0] * geometry.filter[1]
    if direction == BACKWARD_WEIGHTS:
        errors = _weights(geometry, operands, result, vectors, wide, zeros)
        length = geometry.batch * geometry.output[0] * geometry.output[1]
    elif direction == BACKWARD_DATA:
        errors = _data(geometry, operands, result, vectors, wide, zeros)
        length = taps * geometry.filters
    else:
        errors = _forward(geometry, operands, result, vectors, wide, zeros)
        length = taps * geometry.channels
    worst = 0.0
    for error in errors:
        worst = worst_of(worst, error)
    return Check(worst, tolerance(length, arithmetic))


def _forward(
    geometry: Geometry,
    operands: Tuple[Any, Any],
    result: Any,
    vectors: Any,
    wide: Callable[[Any], Any],
    zeros: Zeros,
) -> Iterator[float]:
    data, filters = operands
    filters = wide(filters)
    x, ones = vectors[:, :VECTORS], vectors[:, VECTORS:]
    for image in range(geometry.batch):
        padded = _padded(geometry, wide(data[image]), zeros)
        expected, sizes = zeros(*geometry.output, VECTORS), zeros(*geometry.output, 1)
        for row, column in _taps(geometry):
            window = padded[_under(geometry, row, column)]
            expected += window @ (filters[row, column] @ x)
            sizes += abs(window) @ (abs(filters[row, column]) @ ones)
        yield _error(wide(result[image]) @ x, expected, sizes, len(vectors))


def _data(
    geometry: Geometry,
    operands: Tuple[Any, Any],
    result: Any,
    vectors: Any,
    wide: Callable[[Any], Any],
    zeros: Zeros,
) -> Iterator[float]:
    gradient, filters = operands
    filters = wide(filters)
    x, ones = vectors[:, :VECTORS], vectors[:, VECTORS:]
    top, left = geometry.before
    inside = (slice(top, top + geometry.size[0]), slice(left, left + geometry.size[1]))
    for image in range(geometry.batch):
        flowing = wide(gradient[image])
        expected, sizes = zeros(*geometry.padded, VECTORS), zeros(*geometry.padded, 1)
        for row, column in _taps(geometry):
            under = _under(geometry, row, column)
            tap = filters[row, column].T
            expected[under] += flowing @ (tap @ x)
            sizes[under] += abs(flowing) @ (abs(tap) @ ones)
        found = wide(result[image]) @ x
        yield _error(found, expected[inside], sizes[inside], len(vectors))


def _weights(
    geometry: Geometry,
    operands: Tuple[Any, Any],
    result: Any,
    vectors: Any,
    wide: Callable[[Any], Any],
    zeros: Zeros,
) -> Iterator[float]:
    data, gradient = operands
    x, ones = vectors[:, :VECTORS], vectors[:, VECTORS:]
    shape = (*geometry.filter, geometry.channels)
    expected, sizes = zeros(*shape, VECTORS), zeros(*shape, 1)
    for image in range(geometry.batch):
        padded = _padded(geometry, wide(data[image]), zeros)
        flowing = wide(gradient[image])
        signed = (flowing @ x).reshape(-1, VECTORS)
        absolute = (abs(flowing) @ ones).reshape(-1, 1)
        for row, column in _taps(geometry):
            window = padded[_under(geometry, row, column)].reshape(-1, geometry.channels).T
            expected[row, column] += window @ signed
            sizes[row, column] += abs(window) @ absolute
    yield _error(wide(result) @ x, expected, sizes, len(vectors))


def _padded(geometry: Geometry, image: Any, zeros: Zeros) -> Any:
    padded = zeros(*geometry.padded, geometry.channels)
    top, left = geometry.before
    padded[top : top + geometry.size[0], left : left + geometry.size[1]] = image
    return padded


def _taps(geometry: Geometry) -> Iterator[Tuple[int, int]]:
    for row in range(geometry.filter[0]):
        for column in range(geometry.filter[1]):
            yield row, column


def _under(geometry: Geometry, row: int, column: int) -> Tuple[slice, slice]:
    """The pixels of the padded input that one tap meets, output by output."""
    rows, columns = (
        slice(start, start + (outputs - 1) * stride + 1, stride)
        for start, outputs, stride in zip((row, column), geometry.output, geometry.strides)
    )
    return rows, columns


def _error(found: Any, expected: Any, sizes: Any, channels: int) -> float:
    scale = sizes / math.sqrt(channels) + 1e-300
    return float((abs(found - expected) / scale).max())
