"""How JAX is told which arithmetic is meant (what it computes: integration tests)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pis.failures import RunFailedError
from pis.on_jax import OnJax


class Config:
    """Stands for `jax.config`."""

    jax_default_matmul_precision: str | None = None

    def update(self, name: str, value: object) -> None:
        setattr(self, name, value)


def on(**parameters: object) -> OnJax:
    found = OnJax({"dtype": "float32", "device": "cuda", **parameters}, 0)
    found.jax = SimpleNamespace(
        __version__="0.4.0",
        config=Config(),
        devices=lambda kind: [kind],
        numpy=SimpleNamespace(matmul=lambda a, b: (a, b)),
    )
    return found


@pytest.mark.parametrize(
    ("dtype", "precision"), [("tf32", "tensorfloat32"), ("float32", "float32")]
)
def test_the_switch(dtype: str, precision: str) -> None:
    found = on(dtype=dtype)
    found.ready()
    assert found.jax.config.jax_default_matmul_precision == precision
    assert (found.arithmetic(), found.stored) == (dtype, "float32")


@pytest.mark.parametrize("parameters", [{"dtype": "float16"}, {"device": "cpu"}])
def test_other_types_and_cpus_leave_the_switch_alone(parameters: dict[str, str]) -> None:
    found = on(**parameters)
    found.ready()
    assert found.jax.config.jax_default_matmul_precision is None


def test_a_version_without_a_product_of_integers() -> None:
    with pytest.raises(RunFailedError, match="no product of int8 with int32 sums") as caught:
        on(dtype="int8", device="cpu").product()
    assert caught.value.reason == "indicator_unsupported"
