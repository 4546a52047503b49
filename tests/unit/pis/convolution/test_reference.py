"""The check of a convolution against its definition, written out loop by loop."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from pis import freivalds
from pis.convolution import reference
from pis.convolution.geometry import Geometry, geometry
from pis.workload import Check

DIRECTIONS = ["forward", "backward_data", "backward_weights"]


def shape_of(padding: str, strides: int) -> Geometry:
    return geometry(
        {
            "batch": 2,
            "input_height": 7,
            "input_width": 6,
            "input_channels": 3,
            "filter_height": 4,
            "filter_width": 3,
            "output_channels": 5,
            "strides": strides,
            "padding": padding,
            "pad_height": 2,
            "pad_width": 1,
        }
    )


def defined(shape: Geometry, direction: str, first: Any, second: Any) -> np.ndarray:
    """The result in float64, one product at a time."""
    sizes = {
        "forward": (shape.batch, *shape.output, shape.filters),
        "backward_data": (shape.batch, *shape.size, shape.channels),
        "backward_weights": (*shape.filter, shape.channels, shape.filters),
    }
    result = np.zeros(sizes[direction])
    places = itertools.product(
        range(shape.batch),
        *(range(length) for length in shape.output),
        *(range(length) for length in shape.filter),
        range(shape.channels),
        range(shape.filters),
    )
    for image, p, q, row, column, channel, number in places:
        y = p * shape.strides[0] + row - shape.before[0]
        x = q * shape.strides[1] + column - shape.before[1]
        if not (0 <= y < shape.size[0] and 0 <= x < shape.size[1]):
            continue
        data, tap, output = (
            (image, y, x, channel),
            (row, column, channel, number),
            (image, p, q, number),
        )
        if direction == "forward":
            result[output] += float(first[data]) * float(second[tap])
        elif direction == "backward_data":
            result[data] += float(first[output]) * float(second[tap])
        else:
            result[tap] += float(first[data]) * float(second[output])
    return result


def operands(shape: Geometry, direction: str) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.RandomState(7)
    data = (shape.batch, *shape.size, shape.channels)
    filters = (*shape.filter, shape.channels, shape.filters)
    output = (shape.batch, *shape.output, shape.filters)
    wanted = {
        "forward": (data, filters),
        "backward_data": (output, filters),
        "backward_weights": (data, output),
    }
    first, second = (
        generator.uniform(-1, 1, extents).astype("float32") for extents in wanted[direction]
    )
    return first, second


def check(
    shape: Geometry, direction: str, given: tuple[np.ndarray, np.ndarray], result: np.ndarray
) -> Check:
    channels = reference.projected_channels(shape, direction)
    return reference.check(
        shape,
        direction,
        given,
        result,
        np.array(freivalds.signs(channels, 5)),
        "float32",
        wide=lambda array: array.astype("float64"),
        zeros=lambda *extents: np.zeros(extents),
    )


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("padding", ["SAME", "VALID", "EXPLICIT"])
@pytest.mark.parametrize("strides", [1, 2, 5])
def test_the_definition_passes(direction: str, padding: str, strides: int) -> None:
    shape = shape_of(padding, strides)
    given = operands(shape, direction)
    exact = defined(shape, direction, *given)
    assert check(shape, direction, given, exact).maximum_error < 1e-14
    rounded = check(shape, direction, given, exact.astype("float32"))
    assert rounded.passed
    assert rounded.maximum_error > 1e-9


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("entry", [0, 17, -1])
def test_one_wrong_entry_is_seen(direction: str, entry: int) -> None:
    shape = shape_of("SAME", 2)
    given = operands(shape, direction)
    result = defined(shape, direction, *given)
    result.reshape(-1)[entry] += 1e-3
    assert not check(shape, direction, given, result).passed


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_numbers_that_are_none_are_seen(direction: str) -> None:
    shape = shape_of("SAME", 2)
    given = operands(shape, direction)
    result = defined(shape, direction, *given)
    result.reshape(-1)[3] = np.nan
    assert not check(shape, direction, given, result).passed


def test_another_padding_is_seen() -> None:
    shape = shape_of("SAME", 2)
    given = operands(shape, "forward")
    # 7 rows, 4 taps, steps of 2: three zeros, one of them before
    assert (shape.before[0], shape.behind[0]) == (1, 2)
    moved = shape._replace(before=(2, shape.before[1]), behind=(1, shape.behind[1]))
    assert not check(shape, "forward", given, defined(moved, "forward", *given)).passed
