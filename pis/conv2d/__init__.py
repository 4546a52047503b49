"""PiConv2D: the convolution of images, forward and backward."""

from pis.convolution.geometry import (
    BACKWARD_DATA,
    BACKWARD_WEIGHTS,
    EXPLICIT,
    FORWARD,
    PADDING,
    SAME,
    STRIDES,
    contradictions,
    geometry,
    pad,
)
from pis.declaration import Indicator, Parameter
from pis.parameters import DEVICE, DTYPE, TF32_NEEDS_A_GPU, extent, reps

# As the indicators of Thoth's studies had them.
_THOTH = {
    "batch": 4,
    "input_height": 700,
    "input_width": 161,
    "input_channels": 1,
    "filter_height": 20,
    "filter_width": 5,
    "output_channels": 32,
    "strides": 2,
    "direction": FORWARD,
    "dtype": "float32",
    "device": "cpu",
    "reps": 80,
}

INDICATOR = Indicator(
    name="conv2d",
    title="PiConv2D",
    version="1",
    stability="canary",
    summary="Convolution of a batch of images of seeded random data without bias: the output, the "
    "gradient of the input or that of the filters. NumPy has no convolution: there it is "
    "sliding_window_view and tensordot. On ONNX Runtime the filters are constants, as in a model.",
    parameters=(
        extent("batch", 4, "Images at once."),
        extent("input_height", 700, "Height of an image."),
        extent("input_width", 161, "Width of an image."),
        extent("input_channels", 1, "Channels of an image."),
        extent("filter_height", 20, "Height of a filter."),
        extent("filter_width", 5, "Width of a filter."),
        extent("output_channels", 32, "Filters, and so channels of the output."),
        STRIDES,
        PADDING,
        pad("height"),
        pad("width"),
        Parameter(
            "data_format",
            "text",
            "NHWC",
            "Order of the data in memory: channels last, or before the sides.",
            choices=("NHWC", "NCHW"),
        ),
        Parameter(
            "direction",
            "text",
            FORWARD,
            "What is computed: the output, the gradient of the input, the gradient of the filters.",
            choices=(FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS),
        ),
        DTYPE,
        DEVICE,
        reps(),
    ),
    work=lambda parameters: geometry(parameters).operations,
    formula="2 B Hout Wout Hfilter Wfilter Cin Cout",
    source="pis.work.convolution: DeepBench, direct convolution, taps on padding counted",
    contradictions=contradictions,
    impossible=(TF32_NEEDS_A_GPU,),
    least_bytes=lambda parameters: geometry(parameters).least_bytes(parameters["dtype"]),
    presets={
        "thoth-tensorflow": {**_THOTH, "padding": SAME, "data_format": "NHWC"},
        "thoth-torch": {
            **_THOTH,
            "padding": EXPLICIT,
            "pad_height": 1,
            "pad_width": 1,
            "data_format": "NCHW",
        },
    },
)
