"""A convolution on ONNX Runtime: a graph of one `Conv`, its filters constants as in a model.

ONNX lays the channels before the sides. With the channels last, the graph transposes its input and
its output; ONNX Runtime merges that with its own change of layout where it makes one.
"""

from typing import Any, Callable, ClassVar, Tuple

from pis import freivalds
from pis.convolution import reference
from pis.convolution.geometry import FORWARD, geometry, sides
from pis.declaration import Impossible
from pis.on_onnxruntime import NO_HALVES_ON_CPU, OnOnnxruntime
from pis.workload import Check


class ConvolutionOnOnnxruntime(OnOnnxruntime):
    """The convolution by ONNX Runtime, in one dimension or two, forward only: it does not train."""

    #: dimensions of the image
    rank = 2
    impossible: ClassVar[Tuple[Impossible, ...]] = (
        NO_HALVES_ON_CPU,
        Impossible(
            "dtype",
            {"dtype": ("float64",), "device": ("cpu",)},
            "ONNX Runtime convolves float64 on GPUs only",
        ),
    )

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        self.geometry = shape = geometry(self.parameters)
        self._last = self.parameters["data_format"] in ("NHWC", "NWC")
        self.data = self.uniform(
            *self._extents(shape.batch, shape.channels, *sides(shape.size, self.rank))
        )
        self.filters = self.uniform(*sides(shape.filter, self.rank), shape.channels, shape.filters)
        data = self.given(self.data)
        if self._last:
            data = self.graph.apply("Transpose", data, perm=[0, self.rank + 1, *self._inner(1)])
        # filters, channels, then the sides
        filters = self.filters.transpose(self.rank + 1, self.rank, *self._inner(0))
        found = self.graph.apply(
            "Conv",
            data,
            self.graph.constant("filters", filters),
            strides=sides(shape.strides, self.rank),
            pads=[*sides(shape.before, self.rank), *sides(shape.behind, self.rank)],
        )
        if self._last:
            found = self.graph.apply("Transpose", found, perm=[0, *self._inner(2), 1])
        extents = self._extents(shape.batch, shape.filters, *sides(shape.output, self.rank))
        return self.timed(found, extents)

    def check(self) -> Check:
        filters = self.filters if self.rank == 2 else self.filters[None]
        channels = reference.projected_channels(self.geometry, FORWARD)
        return reference.check(
            self.geometry,
            FORWARD,
            (self._image(self.data), filters),
            self._image(self.made()),
            self.vectors(freivalds.signs(channels, self.seed)),
            self.arithmetic(),
            wide=self.wide,
            zeros=self.zeros,
        )

    def _extents(self, batch: int, channels: int, *extents: int) -> Tuple[int, ...]:
        return (batch, *extents, channels) if self._last else (batch, channels, *extents)

    def _inner(self, first: int) -> range:
        """The dimensions of the sides, where the first of them is `first`."""
        return range(first, first + self.rank)

    def _image(self, array: Any) -> Any:
        """Data with its height, channels last."""
        last = array if self._last else self.numpy.moveaxis(array, 1, -1)
        return last if self.rank == 2 else last[:, None]
