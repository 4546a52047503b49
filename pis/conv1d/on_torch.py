"""PiConv1D on PyTorch: `torch.nn.functional.conv1d`."""

from pis.convolution.with_torch import ConvolutionOnTorch


class Conv1dOnTorch(ConvolutionOnTorch):
    """The convolution of sequences by PyTorch."""

    rank = 1


WORKLOAD = Conv1dOnTorch
