"""The convolution with NumPy alone, for real."""

from __future__ import annotations

import numpy as np
import pytest

from pis import catalogue
from pis.failures import RunFailedError

SMALL = {
    "batch": 2,
    "input_height": 9,
    "input_width": 8,
    "input_channels": 3,
    "filter_height": 4,
    "filter_width": 3,
    "output_channels": 5,
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("padding", ["SAME", "VALID", "EXPLICIT"])
@pytest.mark.parametrize("name", ["conv1d", "conv2d"])
def test_it_convolves(name: str, padding: str, strides: int, dtype: str) -> None:
    known = {parameter.name for parameter in catalogue.declaration(name).parameters}
    asked = {
        **{key: value for key, value in SMALL.items() if key in known},
        "padding": padding,
        "strides": strides,
        "dtype": dtype,
        "pad_width": 2 if padding == "EXPLICIT" else 0,
    }
    parameters, faults = catalogue.check(name, "numpy", asked)
    assert faults == []
    workload = catalogue.workload(name, "numpy")(parameters, 3)
    assert workload.load() is np
    step = workload.prepare()
    first, second = step(), step()
    assert first is not second
    assert (first == second).all()
    assert first.dtype.name == dtype
    assert first.shape == (2, *workload.geometry.output, 5)
    found = workload.check()
    assert found.passed
    assert found.maximum_error > 0


def test_a_step_that_forgets_the_data_is_seen() -> None:
    parameters, _ = catalogue.check("conv2d", "numpy", SMALL)
    workload = catalogue.workload("conv2d", "numpy")(parameters, 3)
    workload.load()
    workload.prepare()
    workload.data[1, 4, 4, 2] += 1.0
    stale = workload.step()
    workload.data[1, 4, 4, 2] -= 1.0
    workload.step = lambda: stale
    assert not workload.check().passed


def test_an_old_numpy_has_no_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(np.lib.stride_tricks, "sliding_window_view")
    parameters, _ = catalogue.check("conv1d", "numpy", {})
    workload = catalogue.workload("conv1d", "numpy")(parameters, 0)
    workload.load()
    with pytest.raises(RunFailedError, match="has no sliding_window_view") as caught:
        workload.prepare()
    assert caught.value.reason == "indicator_unsupported"
