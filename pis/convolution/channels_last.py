"""The check of a convolution on frameworks whose filters are (height, width, channels, filters)."""

from typing import Any

from pis import freivalds
from pis.convolution import reference
from pis.convolution.geometry import BACKWARD_WEIGHTS, Geometry
from pis.with_numpy import WithNumpy
from pis.workload import Check


class ChannelsLast(WithNumpy):
    """Base of the convolutions of such a framework; it stands behind the framework's own base.

    `prepare` sets `geometry`, `direction` and `_last`: whether the data has its channels last.
    """

    #: dimensions of the image
    rank = 2

    geometry: Geometry
    direction: str
    _last: bool

    def fetched(self) -> Any:
        """The two operands as they were narrowed, and what an iteration makes of them."""
        raise NotImplementedError

    def arithmetic(self) -> str:
        """The type that the numbers are computed in."""
        raise NotImplementedError

    def check(self) -> Check:
        first, second, found = self.fetched()
        if self.direction == BACKWARD_WEIGHTS:
            second, found = self._image(second), self._filters(found)
        else:
            second, found = self._filters(second), self._image(found)
        channels = reference.projected_channels(self.geometry, self.direction)
        return reference.check(
            self.geometry,
            self.direction,
            (self._image(first), second),
            found,
            self.vectors(freivalds.signs(channels, self.seed)),
            self.arithmetic(),
            wide=self.wide,
            zeros=self.zeros,
        )

    def _image(self, array: Any) -> Any:
        """Data with its height, channels last."""
        last = array if self._last else self.numpy.moveaxis(array, 1, -1)
        return last if self.rank == 2 else last[:, None]

    def _filters(self, array: Any) -> Any:
        return array if self.rank == 2 else array[None]
