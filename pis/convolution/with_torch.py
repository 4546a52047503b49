"""A convolution on PyTorch: `torch.nn.functional.conv1d` or `conv2d`, and `torch.nn.grad`."""

from functools import partial
from typing import Any, Callable

from pis import freivalds
from pis.convolution import reference
from pis.convolution.geometry import BACKWARD_DATA, BACKWARD_WEIGHTS, FORWARD, geometry, sides
from pis.on_torch import OnTorch
from pis.workload import Check


class ConvolutionOnTorch(OnTorch):
    """The convolution by PyTorch, in one dimension or two.

    Its functions name the channels second; with the channels last, the tensors lie in memory that
    way and are seen through permuted views. Uneven padding, which its convolutions do not have, is
    a call of `pad` in the iteration.
    """

    precision_switch = "cudnn"
    #: dimensions of the image
    rank = 2

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        self.geometry = shape = geometry(self.parameters)
        self.direction = self.parameters.get("direction", FORWARD)
        self.data = self._tensor(shape.batch, shape.channels, *sides(shape.size, self.rank))
        self.filters = self._tensor(shape.filters, shape.channels, *sides(shape.filter, self.rank))
        if self.direction != FORWARD:
            self.gradient = self._tensor(
                shape.batch, shape.filters, *sides(shape.output, self.rank)
            )
        prepare = {
            FORWARD: self._forward,
            BACKWARD_DATA: self._backward_data,
            BACKWARD_WEIGHTS: self._backward_weights,
        }
        return self.timed(prepare[self.direction]())

    def check(self) -> Check:
        direction, found = self.direction, self.step()
        if direction == BACKWARD_WEIGHTS:
            operands = self._image(self.data), self._image(self.gradient)
            found = self._filters(found)
        else:
            data = self.data if direction == FORWARD else self.gradient
            operands = self._image(data), self._filters(self.filters)
            found = self._image(found)
        channels = reference.projected_channels(self.geometry, direction)
        return reference.check(
            self.geometry,
            direction,
            operands,
            found,
            self.vectors(freivalds.signs(channels, self.seed)),
            self.arithmetic(),
            wide=self.wide,
            zeros=self.zeros,
        )

    def _tensor(self, first: int, channels: int, *extents: int) -> Any:
        if self.parameters["data_format"] in ("NCHW", "NCW"):
            return self.uniform(first, channels, *extents)
        last = self.uniform(first, *extents, channels)
        return last.permute(0, self.rank + 1, *range(1, self.rank + 1))

    def _forward(self) -> Callable[[], Any]:
        shape = self.geometry
        functional = self.torch.nn.functional
        convolve = functional.conv2d if self.rank == 2 else functional.conv1d
        strides = sides(shape.strides, self.rank)
        if shape.symmetric:
            padding = sides(shape.before, self.rank)
            return partial(convolve, self.data, self.filters, stride=strides, padding=padding)
        padded = self._padding()
        return lambda: convolve(padded(), self.filters, stride=strides)

    def _backward_data(self) -> Callable[[], Any]:
        shape, grad = self.geometry, self.torch.nn.grad
        backward = grad.conv2d_input if self.rank == 2 else grad.conv1d_input
        whole = partial(
            backward,
            weight=self.filters,
            grad_output=self.gradient,
            stride=sides(shape.strides, self.rank),
        )
        if shape.symmetric:
            return partial(whole, self.data.shape, padding=sides(shape.before, self.rank))
        extents = (*self.data.shape[:2], *sides(shape.padded, self.rank))
        # the gradient of the padding is cut away: a view
        inside = (
            Ellipsis,
            *(
                slice(before, before + size)
                for before, size in zip(
                    sides(shape.before, self.rank), sides(shape.size, self.rank)
                )
            ),
        )
        return lambda: whole(extents)[inside]

    def _backward_weights(self) -> Callable[[], Any]:
        shape, grad = self.geometry, self.torch.nn.grad
        backward = grad.conv2d_weight if self.rank == 2 else grad.conv1d_weight
        whole = partial(
            backward,
            weight_size=self.filters.shape,
            grad_output=self.gradient,
            stride=sides(shape.strides, self.rank),
        )
        if shape.symmetric:
            return partial(whole, self.data, padding=sides(shape.before, self.rank))
        padded = self._padding()
        return lambda: whole(padded())

    def _padding(self) -> Callable[[], Any]:
        shape = self.geometry
        ends = []
        # pad() counts the sides from the last one
        for side in reversed(range(2 - self.rank, 2)):
            ends.extend([shape.before[side], shape.behind[side]])
        return partial(self.torch.nn.functional.pad, self.data, ends)

    def _image(self, tensor: Any) -> Any:
        """Data with its height, channels last."""
        with_height = tensor if self.rank == 2 else tensor.unsqueeze(2)
        return with_height.permute(0, 2, 3, 1)

    def _filters(self, tensor: Any) -> Any:
        """Filters as (height, width, channels, filters)."""
        with_height = tensor if self.rank == 2 else tensor.unsqueeze(2)
        return with_height.permute(2, 3, 1, 0)
