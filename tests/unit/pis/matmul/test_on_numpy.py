"""The product on NumPy, for real."""

from __future__ import annotations

import numpy as np
import pytest

from pis.matmul.on_numpy import MatmulOnNumpy


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_one_iteration_is_one_product(dtype: str) -> None:
    workload = MatmulOnNumpy({"matrix_size": 24, "dtype": dtype}, 5)
    assert workload.load() is np
    step = workload.prepare()
    first, second = step(), step()
    assert first is not second
    assert first.dtype.name == dtype
    assert (first == workload.a @ workload.b).all()
    assert not (workload.a == workload.b).all()
    assert workload.check().passed


def test_it_says_which_blas_it_has() -> None:
    workload = MatmulOnNumpy({}, 0)
    workload.load()
    assert workload.facts()["blas"]["name"]


def test_an_old_numpy_cannot_say(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = MatmulOnNumpy({}, 0)
    workload.load()

    def show_config() -> None:
        """As before 1.26: it takes no mode."""

    monkeypatch.setattr(np, "show_config", show_config)
    assert workload.facts() == {}
