"""PiStreamTriad on TensorFlow: `b + 3 c`, compiled to one pass by XLA; a new result each time."""

from typing import Any, Callable

from pis.failures import INDICATOR_UNSUPPORTED, RunFailedError
from pis.on_tensorflow import OnTensorflow
from pis.stream_triad import reference
from pis.workload import Check


class StreamTriadOnTensorflow(OnTensorflow):
    """The triad by TensorFlow. Without XLA it would be two operations, and move five arrays."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        tensorflow, elements = self.tensorflow, self.parameters["elements"]
        if self._graph:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"TensorFlow {tensorflow.__version__} cannot compile a function by XLA (2.5 can)",
            )
        triad = tensorflow.function(lambda b, c: b + reference.SCALAR * c, jit_compile=True)
        return self.timed(triad, self.uniform(elements), self.uniform(elements))

    def check(self) -> Check:
        b, c, a = self.fetched()
        return reference.check(a, b, c, self.parameters["dtype"], self.wide)


WORKLOAD = StreamTriadOnTensorflow
