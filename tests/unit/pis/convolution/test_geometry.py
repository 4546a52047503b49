"""Shapes of convolutions: padding, outputs, operations, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from pis import catalogue
from pis.convolution.geometry import contradictions, geometry


def images(**parameters: Any) -> dict[str, Any]:
    values, faults = catalogue.declaration("conv2d").check(parameters, {})
    assert [name for name, _ in faults if name not in parameters] == []
    return values


def published(w: int, h: int, c: int, n: int, k: int, s: int, r: int, pad: int, stride: int) -> Any:
    """A problem in the letters of DeepBench: s is a width and r a height."""
    return geometry(
        images(
            input_width=w,
            input_height=h,
            input_channels=c,
            batch=n,
            output_channels=k,
            filter_width=s,
            filter_height=r,
            padding="EXPLICIT",
            pad_width=pad,
            pad_height=pad,
            strides=stride,
        )
    )


def test_defaults_are_those_of_the_prior_system() -> None:
    shape = geometry(images())
    assert shape.output == (350, 81)
    # 349 * 2 + 20 - 700 = 18 zeros along the height, 80 * 2 + 5 - 161 = 4 along the width
    assert (shape.before, shape.behind) == ((9, 2), (9, 2))
    assert shape.symmetric
    assert shape.operations == 2 * 4 * 350 * 81 * 20 * 5 * 1 * 32


@pytest.mark.parametrize(
    ("size", "taps", "stride", "before", "behind", "outputs"),
    [
        (5, 3, 1, 1, 1, 5),
        (5, 2, 1, 0, 1, 5),  # one zero: behind
        (6, 3, 2, 0, 1, 3),
        (7, 3, 2, 1, 1, 4),
        (4, 1, 3, 0, 0, 2),  # a step longer than the filter needs none
        (1, 5, 1, 2, 2, 1),
    ],
)
def test_same_padding_by_hand(
    size: int, taps: int, stride: int, before: int, behind: int, outputs: int
) -> None:
    shape = geometry(images(input_width=size, filter_width=taps, strides=stride))
    assert (shape.before[1], shape.behind[1], shape.output[1]) == (before, behind, outputs)


@pytest.mark.parametrize(
    ("problem", "milliseconds", "teraflops"),
    [
        # rows of the published training sheet of a V100 in float32
        ((700, 161, 1, 4, 32, 20, 5, 0, 2), 0.078, 8.84151794871795),
        ((28, 28, 256, 8, 512, 3, 3, 1, 1), 0.716, 20.666905743016763),
        ((28, 28, 256, 8, 512, 3, 3, 1, 1), 0.42, 35.2321536),
        ((224, 224, 3, 16, 64, 3, 3, 1, 1), 0.33, 8.407673018181818),
    ],
)
def test_published_rates_follow_from_published_times(
    problem: tuple[int, ...], milliseconds: float, teraflops: float
) -> None:
    rate = published(*problem).operations / (milliseconds * 1e-3) / 1e12
    assert rate == pytest.approx(teraflops, rel=1e-14)


def test_published_rates_of_a_device() -> None:
    # Raspberry Pi 3 in float32, GFLOPS
    small = published(28, 28, 512, 1, 1024, 1, 1, 0, 2)
    assert small.output == (14, 14)
    assert small.operations / 1.258265 / 1e9 == pytest.approx(0.16333673431272422, rel=1e-14)
    assert published(7, 7, 512, 1, 512, 3, 3, 1, 1).operations / 0.149422 / 1e9 == pytest.approx(
        1.5473692495081046, rel=1e-14
    )


def test_outputs_of_the_first_published_problem() -> None:
    assert published(700, 161, 1, 4, 32, 20, 5, 0, 2).output == (79, 341)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", ["SAME", "VALID", "EXPLICIT"])
def test_operations_by_counting_each_tap(padding: str, stride: int) -> None:
    pads = {"pad_height": 1, "pad_width": 2} if padding == "EXPLICIT" else {}
    shape = geometry(
        images(
            batch=2,
            input_height=7,
            input_width=6,
            input_channels=3,
            filter_height=2,
            filter_width=3,
            output_channels=4,
            strides=stride,
            padding=padding,
            **pads,
        )
    )
    operations = 0
    for top in range(0, shape.padded[0] - 2 + 1, stride):
        for left in range(0, shape.padded[1] - 3 + 1, stride):
            assert top + 2 <= shape.padded[0]
            assert left + 3 <= shape.padded[1]
            for _image in range(2):
                for _filter in range(4):
                    for _channel in range(3):
                        operations += 2 * 2 * 3  # a multiplication and an addition for each tap
    assert shape.operations == operations


def test_a_sequence_is_an_image_of_height_one() -> None:
    values, faults = catalogue.declaration("conv1d").check({}, {})
    assert faults == []
    shape = geometry(values)
    assert (shape.size, shape.filter, shape.strides) == ((1, 161), (1, 5), (1, 2))
    assert (shape.output, shape.before, shape.behind) == ((1, 81), (0, 2), (0, 2))
    assert shape.operations == 2 * 4 * 81 * 5 * 5 * 32


def test_contradictions() -> None:
    assert contradictions(images()) == []
    assert contradictions(images(filter_height=900, padding="VALID")) == [
        ("filter_height", "900 is more than the 700 of the padded input")
    ]
    assert contradictions(images(filter_height=706, padding="EXPLICIT", pad_height=3)) == []
    assert contradictions(images(pad_width=1)) == [
        ("pad_width", "it counts with padding=EXPLICIT only")
    ]
