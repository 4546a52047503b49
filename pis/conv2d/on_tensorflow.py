"""PiConv2D on TensorFlow: `tf.nn.conv2d` and its two gradients."""

from typing import ClassVar, Tuple

from pis.convolution.with_tensorflow import ConvolutionOnTensorflow
from pis.declaration import Impossible


class Conv2dOnTensorflow(ConvolutionOnTensorflow):
    """The convolution of images by TensorFlow."""

    rank = 2
    impossible: ClassVar[Tuple[Impossible, ...]] = (
        Impossible(
            "data_format",
            {"data_format": ("NCHW",), "device": ("cpu",)},
            "TensorFlow convolves NCHW on GPUs only",
        ),
    )


WORKLOAD = Conv2dOnTensorflow
