"""The triad on NumPy, for real."""

from __future__ import annotations

import numpy as np
import pytest

from pis import catalogue
from pis.stream_triad import reference
from pis.stream_triad.on_numpy import StreamTriadOnNumpy


def prepared(elements: int, dtype: str) -> StreamTriadOnNumpy:
    parameters, faults = catalogue.check(
        "stream_triad", "numpy", {"elements": elements, "dtype": dtype}
    )
    assert faults == []
    workload = StreamTriadOnNumpy(parameters, 1)
    workload.load()
    workload.prepare()
    return workload


@pytest.mark.parametrize("elements", [1, 16384, 40001])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_element_is_computed(elements: int, dtype: str) -> None:
    workload = prepared(elements, dtype)
    workload.step()
    assert workload.a.dtype.name == dtype
    assert np.allclose(workload.a, workload.b + 3 * workload.c, rtol=1e-6)
    assert workload.check().passed


@pytest.mark.parametrize("place", [0, 20000, 40000])
def test_one_wrong_element_is_seen(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_BLOCK_ELEMENTS", 7000)
    workload = prepared(40001, "float64")
    right = workload.step

    def wrong() -> None:
        right()
        workload.a[place] *= 1 + 1e-13

    workload.step = wrong
    assert not workload.check().passed


def test_a_block_that_is_left_out_is_seen() -> None:
    workload = prepared(40001, "float64")
    workload.step()
    workload.step = lambda: None
    assert not workload.check().passed


def test_bandwidth_is_published(drive) -> None:
    indicator = {
        "name": "stream_triad",
        "framework": "numpy",
        "parameters": {"elements": 50000, "reps": 5},
    }
    ended = drive(indicator=indicator)
    assert (ended.code, ended.result["failure"]) == (0, None)
    assert ended.result["work"] == {
        "flops_per_iteration": 100_000,
        "bytes_per_iteration": 1_200_000,
        "formula": "2 n",
    }
    published = ended.result["@result"]
    assert published["bandwidth"] == pytest.approx(1.2 / published["elapsed"])
    assert published["rate"] == pytest.approx(0.1 / published["elapsed"])


def test_bytes_of_narrow_numbers() -> None:
    declared = catalogue.declaration("stream_triad")
    assert declared.moved_bytes is not None
    assert declared.moved_bytes({"elements": 10, "dtype": "float32"}) == 120
