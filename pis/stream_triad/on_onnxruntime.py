"""PiStreamTriad on ONNX Runtime: `Mul`, then `Add`; the intermediate goes through memory."""

from typing import Any, Callable, ClassVar, Mapping, Tuple

from pis.declaration import Impossible
from pis.on_onnxruntime import OnOnnxruntime
from pis.stream_triad import reference
from pis.workload import Check


class StreamTriadOnOnnxruntime(OnOnnxruntime):
    """The triad by ONNX Runtime, which merges no such two operations on a CPU: five arrays move."""

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {}
    impossible: ClassVar[Tuple[Impossible, ...]] = ()

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        elements = self.parameters["elements"]
        self.b, self.c = self.uniform(elements), self.uniform(elements)
        scalar = self.graph.constant("scalar", self.numpy.array(reference.SCALAR, self.b.dtype))
        b, c = self.given(self.b), self.given(self.c)
        return self.timed(b + c * scalar, (elements,))

    def check(self) -> Check:
        return reference.check(self.made(), self.b, self.c, self.parameters["dtype"], self.wide)


WORKLOAD = StreamTriadOnOnnxruntime
