"""PiStreamTriad on PyTorch: `torch.add(b, c, alpha=3, out=a)`, one pass on all threads."""

from functools import partial
from typing import Any, Callable

from pis.on_torch import OnTorch
from pis.stream_triad import reference
from pis.workload import Check


class StreamTriadOnTorch(OnTorch):
    """The triad by PyTorch, in one operation that writes into the result."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        elements = self.parameters["elements"]
        self.b, self.c = self.uniform(elements), self.uniform(elements)
        self.a = self.torch.zeros_like(self.b)
        return self.timed(
            partial(self.torch.add, self.b, self.c, alpha=reference.SCALAR, out=self.a)
        )

    def check(self) -> Check:
        self.a.zero_()
        self.step()
        return reference.check(self.a, self.b, self.c, self.parameters["dtype"], self.wide)


WORKLOAD = StreamTriadOnTorch
