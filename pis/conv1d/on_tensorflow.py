"""PiConv1D on TensorFlow: `tf.nn.conv1d`."""

from typing import Any, ClassVar, Mapping, Tuple

from pis.convolution.geometry import SAME, VALID
from pis.convolution.with_tensorflow import ConvolutionOnTensorflow
from pis.declaration import Impossible


class Conv1dOnTensorflow(ConvolutionOnTensorflow):
    """The convolution of sequences by TensorFlow, whose conv1d knows no explicit padding."""

    rank = 1
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {"padding": (SAME, VALID)}
    impossible: ClassVar[Tuple[Impossible, ...]] = (
        Impossible(
            "data_format",
            {"data_format": ("NCW",), "device": ("cpu",)},
            "TensorFlow convolves NCW on GPUs only",
        ),
    )


WORKLOAD = Conv1dOnTensorflow
