"""How PyTorch is told which arithmetic is meant (what it computes: integration tests)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pis.convolution.with_torch import ConvolutionOnTorch
from pis.failures import RunFailedError
from pis.on_torch import OnTorch

PRODUCTS, CONVOLUTIONS = OnTorch, ConvolutionOnTorch


class Guard:
    """Stands for inference_mode."""

    def __enter__(self) -> None:
        """Nothing is entered."""


def on(base: type[OnTorch], *, switches: bool = True, **parameters: object) -> OnTorch:
    found = base({"dtype": "float32", "device": "cuda", **parameters}, 0)
    part = SimpleNamespace(allow_tf32="as it was") if switches else SimpleNamespace()
    other = SimpleNamespace(allow_tf32="as it was")
    product = base.precision_switch == "cuda.matmul"
    found.torch = SimpleNamespace(
        __version__="2.0.0",
        float32=object(),
        float64=object(),
        cuda=SimpleNamespace(is_available=lambda: True),
        backends=SimpleNamespace(
            cuda=SimpleNamespace(matmul=part if product else other),
            cudnn=other if product else part,
        ),
        inference_mode=Guard,
        no_grad=Guard,
    )
    return found


def switches(found: OnTorch) -> tuple[Any, Any]:
    backends = found.torch.backends
    return backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32


@pytest.mark.parametrize(("dtype", "allowed"), [("tf32", True), ("float32", False)])
def test_the_switch_of_products(dtype: str, allowed: bool) -> None:
    found = on(PRODUCTS, dtype=dtype)
    found.ready()
    assert switches(found) == (allowed, "as it was")
    assert (found.arithmetic(), found.stored) == (dtype, "float32")


@pytest.mark.parametrize(("dtype", "allowed"), [("tf32", True), ("float32", False)])
def test_the_switch_of_convolutions(dtype: str, allowed: bool) -> None:
    found = on(CONVOLUTIONS, dtype=dtype)
    found.ready()
    assert switches(found) == ("as it was", allowed)
    assert found.arithmetic() == dtype


def test_other_types_and_cpus_leave_the_switches_alone() -> None:
    for parameters in ({"dtype": "float64"}, {"device": "cpu"}):
        found = on(PRODUCTS, **parameters)
        found.ready()
        assert switches(found) == ("as it was", "as it was")


def test_a_version_without_a_switch() -> None:
    with pytest.raises(RunFailedError, match=r"PyTorch 2\.0\.0 has no switch for TF32") as caught:
        on(PRODUCTS, switches=False, dtype="tf32").ready()
    assert caught.value.reason == "indicator_unsupported"
    found = on(PRODUCTS, switches=False)
    found.ready()
    assert found.arithmetic() == "float32"


def test_a_version_without_a_product_of_integers() -> None:
    found = on(PRODUCTS, dtype="int8", device="cpu")
    with pytest.raises(RunFailedError, match="no product of int8 with int32 sums") as caught:
        found.product()
    assert caught.value.reason == "indicator_unsupported"
