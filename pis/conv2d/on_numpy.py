"""PiConv2D on NumPy: `sliding_window_view` and `tensordot`, forward only."""

from pis.convolution.with_numpy import ConvolutionOnNumpy


class Conv2dOnNumpy(ConvolutionOnNumpy):
    """The convolution of images with NumPy alone."""


WORKLOAD = Conv2dOnNumpy
