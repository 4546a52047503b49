"""PiConv1D: the convolution of sequences."""

from pis.convolution.geometry import EXPLICIT, PADDING, SAME, STRIDES, contradictions, geometry, pad
from pis.declaration import Indicator, Parameter
from pis.parameters import DEVICE, DTYPE, TF32_NEEDS_A_GPU, extent, reps

# As the indicators of Thoth's studies had them.
_THOTH = {
    "batch": 4,
    "input_width": 161,
    "input_channels": 5,
    "filter_width": 5,
    "output_channels": 32,
    "strides": 2,
    "dtype": "float32",
    "device": "cpu",
    "reps": 80,
}

INDICATOR = Indicator(
    name="conv1d",
    title="PiConv1D",
    version="1",
    stability="canary",
    summary="Convolution of a batch of sequences of seeded random data without bias. NumPy has no "
    "convolution with channels: there it is sliding_window_view and tensordot. On ONNX Runtime the "
    "filters are constants, as in a model.",
    parameters=(
        extent("batch", 4, "Sequences at once."),
        extent("input_width", 161, "Length of a sequence."),
        extent("input_channels", 5, "Channels of a sequence."),
        extent("filter_width", 5, "Length of a filter."),
        extent("output_channels", 32, "Filters, and so channels of the output."),
        STRIDES,
        PADDING,
        pad("width"),
        Parameter(
            "data_format",
            "text",
            "NWC",
            "Order of the data in memory: channels last, or before the length.",
            choices=("NWC", "NCW"),
        ),
        DTYPE,
        DEVICE,
        reps(),
    ),
    work=lambda parameters: geometry(parameters).operations,
    formula="2 B Wout Wfilter Cin Cout",
    source="pis.work.convolution: DeepBench, direct convolution, taps on padding counted",
    contradictions=contradictions,
    impossible=(TF32_NEEDS_A_GPU,),
    least_bytes=lambda parameters: geometry(parameters).least_bytes(parameters["dtype"]),
    presets={
        "thoth-tensorflow": {**_THOTH, "padding": SAME, "data_format": "NWC"},
        "thoth-torch": {**_THOTH, "padding": EXPLICIT, "pad_width": 1, "data_format": "NCW"},
    },
)
