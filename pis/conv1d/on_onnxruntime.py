"""PiConv1D on ONNX Runtime: `Conv` of sequences."""

from pis.convolution.with_onnxruntime import ConvolutionOnOnnxruntime


class Conv1dOnOnnxruntime(ConvolutionOnOnnxruntime):
    """The convolution of sequences by ONNX Runtime."""

    rank = 1


WORKLOAD = Conv1dOnOnnxruntime
