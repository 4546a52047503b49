"""PiConv1D on NumPy: `sliding_window_view` and `tensordot`."""

from typing import Any, ClassVar, Mapping, Tuple

from pis.convolution.with_numpy import ConvolutionOnNumpy


class Conv1dOnNumpy(ConvolutionOnNumpy):
    """The convolution of sequences with NumPy alone, as images of height 1."""

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        "dtype": ("float32", "float64"),
        "device": ("cpu",),
        "data_format": ("NWC",),
    }


WORKLOAD = Conv1dOnNumpy
