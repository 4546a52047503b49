"""PiRnn on JAX: the cells in its operations, in a `jax.lax.scan` of one compiled function."""

from typing import Any, Callable

from pis.on_jax import OnJax
from pis.rnn import cells, reference
from pis.workload import Check


class RnnOnJax(OnJax):
    """The recurrence by JAX."""

    def prepare(self) -> Callable[[], Any]:
        self.ready()
        arrays = [self.uniform(*shape) for shape in reference.shapes(self.parameters)]
        arrays[1] = arrays[1] * reference.damping(self.parameters["hidden_size"])
        return self.timed(self._run, *arrays)

    def check(self) -> Check:
        *arrays, found = self.fetched()
        return reference.check(
            self.parameters, self.seed, arrays, found, self.arithmetic(), self.wide
        )

    def _run(self, inputs: Any, matrix: Any, *state: Any) -> Any:
        jax = self.jax
        step = cells.step_of(
            self.parameters["cell"],
            cells.Operations(
                matmul=jax.numpy.matmul,
                sigmoid=jax.nn.sigmoid,
                tanh=jax.numpy.tanh,
                relu=jax.nn.relu,
                split=lambda array, parts: jax.numpy.split(array, parts, axis=-1),
            ),
        )
        last, _ = jax.lax.scan(lambda now, given: (step(given, matrix, now), None), state, inputs)
        return last[0]


WORKLOAD = RnnOnJax
