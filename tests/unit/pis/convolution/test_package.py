"""Operation counts of convolutions, against convolutions that are carried out tap by tap."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest

from pis import catalogue
from pis.convolution.geometry import Geometry, geometry
from tests.support.counting import Counter, Number

SMALL = {
    "batch": 2,
    "input_height": 5,
    "input_width": 6,
    "input_channels": 2,
    "filter_height": 3,
    "filter_width": 2,
    "output_channels": 3,
}
CASES = [
    {"padding": padding, "strides": strides, **pads}
    for padding, pads in (
        ("VALID", {}),
        ("SAME", {}),
        ("EXPLICIT", {"pad_height": 1, "pad_width": 2}),
    )
    for strides in (1, 2, 3)
]


def shape_of(**parameters: Any) -> Geometry:
    values, faults = catalogue.declaration("conv2d").check({**SMALL, **parameters}, {})
    assert faults == []
    return geometry(values)


def terms(shape: Geometry) -> Any:
    """(image, output row and column, filter row and column, channel, filter) of every product."""
    return itertools.product(
        *(
            range(size)
            for size in (shape.batch, *shape.output, *shape.filter, shape.channels, shape.filters)
        )
    )


def place(shape: Geometry, row: int, column: int, down: int, right: int) -> tuple[int, int, bool]:
    """The pixel under a tap, and whether it lies in the image and not on its padding."""
    y = row * shape.strides[0] + down - shape.before[0]
    x = column * shape.strides[1] + right - shape.before[1]
    return y, x, 0 <= y < shape.size[0] and 0 <= x < shape.size[1]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_forward(case: dict[str, Any]) -> None:
    shape, counter, draw = shape_of(**case), Counter(), random.Random(3)
    zero = Number(0.0, counter)
    data = {
        (i, y, x, c): Number(draw.uniform(-1, 1), counter)
        for i, y, x, c in itertools.product(range(2), range(5), range(6), range(2))
    }
    filters = {
        key: Number(draw.uniform(-1, 1), counter)
        for key in itertools.product(range(3), range(2), range(2), range(3))
    }
    output: dict[tuple[int, ...], Number] = {}
    on_padding = 0
    for i, row, column, down, right, channel, filter_ in terms(shape):
        y, x, inside = place(shape, row, column, down, right)
        on_padding += not inside
        term = data.get((i, y, x, channel), zero) * filters[down, right, channel, filter_]
        output[i, row, column, filter_] = output.get((i, row, column, filter_), zero) + term
    # DeepBench counts the sum with the zero that each accumulator begins with, and taps on padding
    assert counter.operations == shape.operations
    assert (on_padding > 0) == (case["padding"] != "VALID" and any((*shape.before, *shape.behind)))
    windows = np.zeros((2, *shape.padded, 2))
    top, left = shape.before
    for (i, y, x, c), number in data.items():
        windows[i, top + y, left + x, c] = number.value
    for (i, row, column, filter_), number in output.items():
        corner = row * shape.strides[0], column * shape.strides[1]
        window = windows[i, corner[0] : corner[0] + 3, corner[1] : corner[1] + 2]
        taps = np.array([[[filters[a, b, c, filter_].value for c in range(2)] for b in range(2)] for a in range(3)])  # fmt: skip
        assert number.value == pytest.approx((window * taps).sum())


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("direction", ["backward_data", "backward_weights"])
def test_backward(case: dict[str, Any], direction: str) -> None:
    shape, counter = shape_of(**case, direction=direction), Counter()
    gradients: dict[tuple[int, ...], Number] = {}
    one, zero = Number(1.0, counter), Number(0.0, counter)
    for i, row, column, down, right, channel, filter_ in terms(shape):
        y, x, _ = place(shape, row, column, down, right)
        # what flows back through a tap goes to its pixel, or to its weight; on padding as well
        target = (i, y, x, channel) if direction == "backward_data" else (down, right, channel, filter_)  # fmt: skip
        gradients[target] = gradients.get(target, zero) + one * one
    assert counter.operations == shape.operations
    if direction == "backward_weights":
        # each weight meets each output position of each image once
        positions = shape.batch * shape.output[0] * shape.output[1]
        assert {number.value for number in gradients.values()} == {float(positions)}


def test_a_sequence() -> None:
    values, faults = catalogue.declaration("conv1d").check(
        {"batch": 2, "input_width": 9, "input_channels": 3, "output_channels": 2}, {}
    )
    assert faults == []
    shape, counter = geometry(values), Counter()
    one = Number(1.0, counter)
    total = Number(0.0, counter)
    for _ in terms(shape):
        total += one * one
    assert counter.operations == shape.operations == catalogue.declaration("conv1d").work(values)
    assert total.value == 2 * 5 * 5 * 3 * 2  # images, outputs, taps, channels, filters
