"""PiConv2D on JAX: `jax.lax.conv_general_dilated` and its transposes."""

from pis.convolution.with_jax import ConvolutionOnJax


class Conv2dOnJax(ConvolutionOnJax):
    """The convolution of images by JAX."""

    rank = 2


WORKLOAD = Conv2dOnJax
