"""How TensorFlow is told which arithmetic is meant (what it computes: integration tests)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pis.failures import RunFailedError
from pis.on_tensorflow import OnTensorflow


class Experimental:
    """Stands for `tf.config.experimental` of a version that has the switch."""

    allowed: bool | None = None

    def list_physical_devices(self, kind: str) -> list[str]:
        return [kind]

    def enable_tensor_float_32_execution(self, enabled: bool) -> None:
        self.allowed = enabled

    def tensor_float_32_execution_enabled(self) -> bool:
        return self.allowed is not False  # the default


def on(experimental: object, **parameters: object) -> OnTensorflow:
    found = OnTensorflow({"dtype": "float32", "device": "cuda", **parameters}, 0)
    found.tensorflow = SimpleNamespace(
        __version__="2.4.0",
        float32=object(),
        float64=object(),
        int8=object(),
        matmul=None,
        config=SimpleNamespace(experimental=experimental),
    )
    return found


@pytest.mark.parametrize(("dtype", "allowed"), [("tf32", True), ("float32", False)])
def test_the_switch(dtype: str, allowed: bool) -> None:
    experimental = Experimental()
    found = on(experimental, dtype=dtype)
    found.ready()
    assert experimental.allowed is allowed
    assert (found.arithmetic(), found.stored) == (dtype, "float32")


@pytest.mark.parametrize("parameters", [{"dtype": "float64"}, {"device": "cpu"}])
def test_other_types_and_cpus_leave_the_switch_alone(parameters: dict[str, str]) -> None:
    experimental = Experimental()
    on(experimental, **parameters).ready()
    assert experimental.allowed is None


def test_a_version_without_the_switch() -> None:
    old = SimpleNamespace(list_physical_devices=lambda kind: [kind])
    with pytest.raises(
        RunFailedError, match=r"TensorFlow 2\.4\.0 has no switch for TF32"
    ) as caught:
        on(old, dtype="tf32").ready()
    assert caught.value.reason == "indicator_unsupported"
    found = on(old)
    found.ready()
    assert found.arithmetic() == "float32"


def test_a_version_without_a_product_of_integers() -> None:
    with pytest.raises(RunFailedError, match="no product of int8 with int32 sums"):
        on(Experimental(), dtype="int8", device="cpu").product()
