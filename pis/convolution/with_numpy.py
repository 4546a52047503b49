"""A convolution on NumPy, which has none of its own: windows as a view, then a product."""

from typing import Any, Callable, ClassVar, Mapping, Tuple

from pis import freivalds
from pis.convolution import reference
from pis.convolution.geometry import FORWARD, geometry
from pis.failures import INDICATOR_UNSUPPORTED, RunFailedError
from pis.on_numpy import OnNumpy
from pis.workload import Check


class ConvolutionOnNumpy(OnNumpy):
    """`sliding_window_view` and `tensordot`: the windows are copied out, the product is the BLAS's.

    That is how one writes a convolution with NumPy alone; the copy into the padded buffer and the
    copy of the windows are part of the iteration.
    """

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {
        # float16 would be a loop without BLAS: minutes where the others take milliseconds
        "dtype": ("float32", "float64"),
        "device": ("cpu",),
        "data_format": ("NHWC",),
        "direction": (FORWARD,),
    }

    def prepare(self) -> Callable[[], Any]:
        numpy = self.numpy
        windows = getattr(numpy.lib.stride_tricks, "sliding_window_view", None)
        if windows is None:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"NumPy {numpy.__version__} has no sliding_window_view (1.20 has)",
            )
        self.geometry = shape = geometry(self.parameters)
        self.data = self.uniform(shape.batch, *shape.size, shape.channels)
        self.filters = self.uniform(*shape.filter, shape.channels, shape.filters)
        padded = numpy.zeros((shape.batch, *shape.padded, shape.channels), self.data.dtype)
        (top, left), (height, width) = shape.before, shape.size
        inside = padded[:, top : top + height, left : left + width]
        # (batch, rows, columns, channels, filter rows, filter columns), a view of the buffer
        under = windows(padded, shape.filter, axis=(1, 2))[
            :, :: shape.strides[0], :: shape.strides[1]
        ]
        data, filters, copy, product = self.data, self.filters, numpy.copyto, numpy.tensordot
        axes = ((4, 5, 3), (0, 1, 2))

        def step() -> Any:
            copy(inside, data)
            return product(under, filters, axes)

        self.step = step
        return step

    def check(self) -> Check:
        # in one dimension the height of 1 is part of all shapes here
        channels = reference.projected_channels(self.geometry, FORWARD)
        return reference.check(
            self.geometry,
            FORWARD,
            (self.data, self.filters),
            self.step(),
            self.vectors(freivalds.signs(channels, self.seed)),
            self.parameters["dtype"],
            wide=self.wide,
            zeros=self.zeros,
        )
