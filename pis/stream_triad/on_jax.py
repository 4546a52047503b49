"""PiStreamTriad on JAX: `b + 3 c`, compiled to one pass that writes into the last result.

The last result is donated to the call. Otherwise each iteration would ask the system for new
memory, which on a CPU takes several times longer than the triad.
"""

from typing import Any, Callable

from pis.on_jax import OnJax
from pis.stream_triad import reference
from pis.workload import Check


class StreamTriadOnJax(OnJax):
    """The triad by JAX."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        elements = self.parameters["elements"]
        self.b, self.c = self.uniform(elements), self.uniform(elements)
        self.a = self.jax.numpy.zeros_like(self.b)
        compiled = self.jax.jit(
            lambda _a, b, c: b + reference.SCALAR * c, donate_argnums=0, keep_unused=True
        )

        def step() -> None:
            self.a = compiled(self.a, self.b, self.c).block_until_ready()

        self.step = step
        return step

    def check(self) -> Check:
        self.a = self.jax.numpy.zeros_like(self.b)
        self.step()
        a, b, c = (self.numpy.asarray(array) for array in (self.a, self.b, self.c))
        return reference.check(a, b, c, self.parameters["dtype"], self.wide)


WORKLOAD = StreamTriadOnJax
