"""PiConv2D on PyTorch: `torch.nn.functional.conv2d` and `torch.nn.grad`."""

from pis.convolution.with_torch import ConvolutionOnTorch


class Conv2dOnTorch(ConvolutionOnTorch):
    """The convolution of images by PyTorch."""

    rank = 2


WORKLOAD = Conv2dOnTorch
