"""PiStreamTriad on NumPy: `multiply` and `add` into the result, block by block, on one thread."""

from typing import Any, Callable, ClassVar, Mapping, Tuple

from pis.on_numpy import OnNumpy
from pis.stream_triad import reference
from pis.workload import Check

# 128 KiB of float64: the intermediate stays in a core's second cache, and a call is long enough.
_BLOCK_ELEMENTS = 16384


class StreamTriadOnNumpy(OnNumpy):
    """The triad by NumPy, which has no operation for it: two calls for each block."""

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {"device": ("cpu",)}

    def prepare(self) -> Callable[[], Any]:
        numpy, elements = self.numpy, self.parameters["elements"]
        self.b, self.c = self.uniform(elements), self.uniform(elements)
        self.a = numpy.zeros(elements, self.b.dtype)
        starts = range(0, elements, _BLOCK_ELEMENTS)
        slices = [slice(start, start + _BLOCK_ELEMENTS) for start in starts]
        blocks = [(self.a[block], self.b[block], self.c[block]) for block in slices]
        multiply, add = numpy.multiply, numpy.add
        scalar = self.b.dtype.type(reference.SCALAR)

        def step() -> None:
            for a, b, c in blocks:
                multiply(c, scalar, a)
                add(a, b, a)

        self.step = step
        return step

    def check(self) -> Check:
        self.a[:] = 0.0
        self.step()
        return reference.check(self.a, self.b, self.c, self.parameters["dtype"], self.wide)


WORKLOAD = StreamTriadOnNumpy
