"""PiConv1D on JAX: `jax.lax.conv_general_dilated`."""

from pis.convolution.with_jax import ConvolutionOnJax


class Conv1dOnJax(ConvolutionOnJax):
    """The convolution of sequences by JAX."""

    rank = 1


WORKLOAD = Conv1dOnJax
