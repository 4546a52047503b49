"""PiStreamTriad on ONNX Runtime: `Mul`, then `Add`, block by block in a `Scan`.

It has no operation for both and merges none: over whole arrays the intermediate would go through
memory, and five arrays move where three are counted. On a GPU, which would wait for each block, it
does, and so it does for numbers of elements that no block divides.
"""

from typing import Any, Callable, ClassVar, Dict, Mapping, Tuple

from pis.declaration import Impossible
from pis.on_onnxruntime import OnOnnxruntime
from pis.onnx_model.graph import Graph
from pis.onnx_model.messages import Subgraph
from pis.stream_triad import reference
from pis.workload import Check

# Elements of a block: its intermediate stays in a core's second cache, and a step is long enough.
_SMALLEST, _LARGEST = 8192, 65536


class StreamTriadOnOnnxruntime(OnOnnxruntime):
    """The triad by ONNX Runtime."""

    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {}
    impossible: ClassVar[Tuple[Impossible, ...]] = ()

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        elements = self.parameters["elements"]
        self.b, self.c = self.uniform(elements), self.uniform(elements)
        self.block = elements if self.on_cuda() else block_of(elements)
        shape = (elements // self.block, self.block)
        b, c = self.given(self.b.reshape(shape)), self.given(self.c.reshape(shape))
        scalar = self.graph.constant("scalar", self.numpy.array(reference.SCALAR, self.b.dtype))
        body = Graph("step")
        parts = [body.input(name, self.stored, (self.block,)) for name in ("b", "c")]
        body.output(parts[0] + body.apply("Mul", parts[1], scalar), self.stored, (self.block,))
        found = self.graph.apply("Scan", b, c, body=Subgraph(body.encoded()), num_scan_inputs=2)
        return self.timed(found, shape)

    def check(self) -> Check:
        found = self.made().reshape(-1)
        return reference.check(found, self.b, self.c, self.parameters["dtype"], self.wide)

    def facts(self) -> Dict[str, Any]:
        return {**super().facts(), "block_elements": self.block}


def block_of(elements: int) -> int:
    """The largest block that divides the elements; all of them where there is none."""
    if elements <= _LARGEST:
        return elements
    fitting = (block for block in range(_LARGEST, _SMALLEST - 1, -1) if elements % block == 0)
    return next(fitting, elements)


WORKLOAD = StreamTriadOnOnnxruntime
