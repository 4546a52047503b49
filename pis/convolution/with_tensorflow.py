"""A convolution on TensorFlow: `tf.nn.conv1d` or `conv2d`, and the gradients of the latter."""

from functools import partial
from typing import Any, Callable, List

from pis.convolution.channels_last import ChannelsLast
from pis.convolution.geometry import BACKWARD_DATA, EXPLICIT, FORWARD, geometry, sides
from pis.on_tensorflow import OnTensorflow


class ConvolutionOnTensorflow(OnTensorflow, ChannelsLast):
    """The convolution by TensorFlow, in one dimension or two."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        self.geometry = shape = geometry(self.parameters)
        self.direction = self.parameters.get("direction", FORWARD)
        self._last = self.parameters["data_format"] in ("NHWC", "NWC")
        data = self._made(shape.batch, shape.channels, *sides(shape.size, self.rank))
        filters = self.uniform(*sides(shape.filter, self.rank), shape.channels, shape.filters)
        if self.direction == FORWARD:
            return self.timed(self._forward(), data, filters)
        gradient = self._made(shape.batch, shape.filters, *sides(shape.output, self.rank))
        if self.direction == BACKWARD_DATA:
            return self.timed(self._backward_data(data.shape), gradient, filters)
        return self.timed(self._backward_weights(filters.shape), data, gradient)

    def _made(self, batch: int, channels: int, *extents: int) -> Any:
        if self._last:
            return self.uniform(batch, *extents, channels)
        return self.uniform(batch, channels, *extents)

    def _each_side(self, of_channels: Any, along: List[Any]) -> List[Any]:
        """One entry for each dimension of the data, in its order."""
        if self._last:
            return [of_channels, *along, of_channels]
        return [of_channels, of_channels, *along]

    def _padding(self) -> Any:
        if self.parameters["padding"] != EXPLICIT:
            return self.parameters["padding"]
        return self._each_side([0, 0], [[side, side] for side in self.geometry.before])

    # What an iteration calls is made once: options put together anew each time are 4 us of Python,
    # more than a hundredth of a small convolution.

    def _forward(self) -> Callable[..., Any]:
        functions = self.tensorflow.nn
        if self.rank == 2:
            return partial(functions.conv2d, **self._options())
        return partial(
            functions.conv1d,
            stride=self.parameters["strides"],
            padding=self.parameters["padding"],
            data_format=self.parameters["data_format"],
        )

    def _backward_data(self, extents: Any) -> Callable[..., Any]:
        backward, options = self._gradients().conv2d_backprop_input, self._options()
        return lambda gradient, filters: backward(extents, filters, gradient, **options)

    def _backward_weights(self, extents: Any) -> Callable[..., Any]:
        backward, options = self._gradients().conv2d_backprop_filter, self._options()
        return lambda data, gradient: backward(data, extents, gradient, **options)

    def _options(self) -> Any:
        return {
            "strides": self._each_side(1, list(self.geometry.strides)),
            "padding": self._padding(),
            "data_format": self.parameters["data_format"],
        }

    def _gradients(self) -> Any:
        # version 2 keeps the two functions under compat alone
        return self.tensorflow.nn if self._graph else self.tensorflow.compat.v1.nn
