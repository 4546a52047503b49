"""PiConv2D on ONNX Runtime: `Conv` of images, forward only."""

from typing import Any, ClassVar, Mapping, Tuple

from pis.convolution.geometry import FORWARD
from pis.convolution.with_onnxruntime import ConvolutionOnOnnxruntime


class Conv2dOnOnnxruntime(ConvolutionOnOnnxruntime):
    """The convolution of images by ONNX Runtime."""

    rank = 2
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        **ConvolutionOnOnnxruntime.choices,
        "direction": (FORWARD,),
    }


WORKLOAD = Conv2dOnOnnxruntime
