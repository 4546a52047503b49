"""Shapes of a convolution. One dimension is the case of two with height 1."""

from typing import Any, List, Mapping, NamedTuple, Tuple

from pis import work
from pis.declaration import Fault, Parameter
from pis.parameters import extent

Pair = Tuple[int, int]  # along height, along width

FORWARD = "forward"
BACKWARD_DATA = "backward_data"
BACKWARD_WEIGHTS = "backward_weights"

SAME = "SAME"
VALID = "VALID"
EXPLICIT = "EXPLICIT"

STRIDES = Parameter(
    "strides",
    "integer",
    2,
    "Step of the filter, along every side alike.",
    unit="1",
    minimum=1,
    maximum=1024,
)
PADDING = Parameter(
    "padding",
    "text",
    SAME,
    "Zeros around the input: SAME for ceil(input / strides) outputs (an odd number of zeros has its "
    "last one behind), VALID for none, EXPLICIT for as many as is said.",
    choices=(SAME, VALID, EXPLICIT),
)


def pad(side: str) -> Parameter:
    """Explicit padding along one side, before and behind alike."""
    return extent("pad_" + side, 0, f"Zeros at either end along the {side}; only EXPLICIT.", 0)


class Geometry(NamedTuple):
    """Every extent of one convolution, padding resolved."""

    batch: int
    size: Pair
    channels: int
    filter: Pair
    filters: int
    strides: Pair
    before: Pair
    behind: Pair
    output: Pair

    @property
    def padded(self) -> Pair:
        """Extents of the input with its padding."""
        height, width = (
            size + before + behind
            for size, before, behind in zip(self.size, self.before, self.behind)
        )
        return height, width

    @property
    def symmetric(self) -> bool:
        """Whether there is as much padding before as behind."""
        return self.before == self.behind

    @property
    def operations(self) -> int:
        """Floating-point operations of one pass."""
        outputs, taps = self.output[0] * self.output[1], self.filter[0] * self.filter[1]
        return work.convolution(self.batch, outputs, taps, self.channels, self.filters)

    def least_bytes(self, dtype: str) -> int:
        """Bytes of the input, the filters and the output, one of which is written."""
        outputs, taps = self.output[0] * self.output[1], self.filter[0] * self.filter[1]
        pixels = self.size[0] * self.size[1]
        numbers = self.batch * (pixels * self.channels + outputs * self.filters)
        return (numbers + taps * self.channels * self.filters) * work.ELEMENT_BYTES[dtype]


def geometry(parameters: Mapping[str, Any]) -> Geometry:
    """The geometry that the parameters of conv1d or conv2d ask for."""
    size = (parameters.get("input_height", 1), parameters["input_width"])
    taps = (parameters.get("filter_height", 1), parameters["filter_width"])
    strides = (parameters["strides"] if "input_height" in parameters else 1, parameters["strides"])
    pads = (parameters.get("pad_height", 0), parameters["pad_width"])
    around = [_side(parameters["padding"], *side) for side in zip(size, taps, strides, pads)]
    return Geometry(
        batch=parameters["batch"],
        size=size,
        channels=parameters["input_channels"],
        filter=taps,
        filters=parameters["output_channels"],
        strides=strides,
        before=(around[0][0], around[1][0]),
        behind=(around[0][1], around[1][1]),
        output=(around[0][2], around[1][2]),
    )


def _side(padding: str, size: int, taps: int, stride: int, pads: int) -> Tuple[int, int, int]:
    """Padding before, padding behind, outputs along one side."""
    if padding == SAME:
        outputs = -(-size // stride)
        missing = max((outputs - 1) * stride + taps - size, 0)
        return missing // 2, missing - missing // 2, outputs
    zeros = pads if padding == EXPLICIT else 0
    return zeros, zeros, (size + 2 * zeros - taps) // stride + 1


def sides(pair: Pair, rank: int) -> Tuple[int, ...]:
    """The part of (height, width) that the given number of dimensions has."""
    return tuple(pair[2 - rank :])


def contradictions(parameters: Mapping[str, Any]) -> List[Fault]:
    """What is wrong between the parameters of a convolution."""
    found = geometry(parameters)
    faults = [
        (f"filter_{side}", f"{taps} is more than the {padded} of the padded input")
        for side, taps, padded in zip(("height", "width"), found.filter, found.padded)
        if taps > padded
    ]
    if parameters["padding"] != EXPLICIT:
        faults.extend(
            (name, "it counts with padding=EXPLICIT only")
            for name in ("pad_height", "pad_width")
            if parameters.get(name)
        )
    return faults
