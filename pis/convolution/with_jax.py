"""A convolution on JAX: `jax.lax.conv_general_dilated`, and its transposes as gradients."""

from typing import Any, Callable

from pis.convolution.channels_last import ChannelsLast
from pis.convolution.geometry import BACKWARD_DATA, FORWARD, geometry, sides
from pis.on_jax import OnJax


class ConvolutionOnJax(OnJax, ChannelsLast):
    """The convolution by JAX, in one dimension or two."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        self.geometry = shape = geometry(self.parameters)
        self.direction = self.parameters.get("direction", FORWARD)
        self._last = self.parameters["data_format"] in ("NHWC", "NWC")
        extents = self._extents(shape.batch, shape.channels, *sides(shape.size, self.rank))
        taps = (*sides(shape.filter, self.rank), shape.channels, shape.filters)
        data, filters = self.uniform(*extents), self.uniform(*taps)
        if self.direction == FORWARD:
            return self.timed(self._forward, data, filters)
        gradient = self.uniform(
            *self._extents(shape.batch, shape.filters, *sides(shape.output, self.rank))
        )
        # the convolution is linear in each operand: its gradient is its transpose
        transpose = self.jax.linear_transpose
        if self.direction == BACKWARD_DATA:
            return self.timed(
                lambda flowing, taps: transpose(lambda x: self._forward(x, taps), data)(flowing)[0],
                gradient,
                filters,
            )
        return self.timed(
            lambda x, flowing: transpose(lambda taps: self._forward(x, taps), filters)(flowing)[0],
            data,
            gradient,
        )

    def _extents(self, batch: int, channels: int, *extents: int) -> Any:
        return (batch, *extents, channels) if self._last else (batch, channels, *extents)

    def _forward(self, data: Any, filters: Any) -> Any:
        shape, order = self.geometry, self.parameters["data_format"]
        return self.jax.lax.conv_general_dilated(
            data,
            filters,
            sides(shape.strides, self.rank),
            list(zip(sides(shape.before, self.rank), sides(shape.behind, self.rank))),
            dimension_numbers=(order, "HWIO"[2 - self.rank :], order),
        )
