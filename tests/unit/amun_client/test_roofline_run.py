"""Which three runs make a roofline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from amun_client import indicator_run, roofline_run
from amun_client.errors import IndicatorRunError, UsageFaultError
from amun_client.indicator_run import Request
from amun_client.indicator_text import noise_rows

DOCUMENTS: dict[str, dict[str, Any]] = {
    "gemm": {
        "@parameters": {"m": 8, "dtype": "tf32", "device": "cuda", "reps": 3},
        "samples": {"values": [1.0]},
        "work": {"flops_per_iteration": 4e9, "least_bytes_per_iteration": 1e9},
    },
    "peak": {
        "@parameters": {"dtype": "tf32", "device": "cuda"},
        "samples": {"values": [1.0]},
        "@result": {"peak_rate": 16.0},
    },
    "stream_triad": {"samples": {"values": [0.5]}, "work": {"bytes_per_iteration": 1e9}},
}


class Driver:
    """Stands for the runs: hands out the documents, remembers the requests."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.failing: str | None = None

    def run(self, request: Request, *, tell: object) -> dict[str, Any]:
        self.asked.append(request)
        if request.name == self.failing:
            failure = {"reason": "hardware_mismatch", "message": "no device"}
            return {"outcome": "failed", "failure": failure}
        document = DOCUMENTS[request.name]
        return {"schema": "amun.run/1", "outcome": "completed", "failure": None, **document}


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    found = Driver()
    frameworks = {"frameworks": ["numpy", "torch"], "presets": {}, "roofline": False}
    entries = [
        {"name": "gemm", **frameworks, "roofline": True},
        {"name": "peak", **frameworks},
        {"name": "stream_triad", **frameworks, "frameworks": ["torch"]},
    ]
    monkeypatch.setattr(indicator_run, "catalogue", lambda: entries)
    monkeypatch.setattr(indicator_run, "run", found.run)
    return found


def request(name: str = "gemm", framework: str = "torch") -> Request:
    return Request(name, framework, {"m": 8}, Path("python3"), threads=2, seed=5)


def test_three_runs_of_one_type_on_one_device(driver: Driver) -> None:
    measured = roofline_run.measure(request(), tell=lambda line: None)
    assert [(one.name, dict(one.parameters)) for one in driver.asked] == [
        ("gemm", {"m": 8}),
        ("peak", {"dtype": "tf32", "device": "cuda"}),
        ("stream_triad", {"device": "cuda"}),
    ]
    assert {(one.framework, one.threads, one.seed) for one in driver.asked} == {("torch", 2, 5)}
    document = measured.document()
    assert document["schema"] == "amun.roofline/1"
    assert (document["rate_gflops"], document["attainable_gflops"]) == (4.0, 8.0)
    assert [run["outcome"] for run in document["runs"]] == ["completed"] * 3


def test_what_has_no_bound_is_refused_before_anything_runs(driver: Driver) -> None:
    with pytest.raises(UsageFaultError, match="how many bytes an iteration of peak") as caught:
        roofline_run.measure(request("peak"), tell=lambda line: None)
    assert caught.value.hint == "known for: gemm"
    with pytest.raises(UsageFaultError, match="numpy has no stream_triad") as caught:
        roofline_run.measure(request(framework="numpy"), tell=lambda line: None)
    assert caught.value.hint == "there are: torch"
    assert driver.asked == []


@pytest.mark.parametrize("failing", ["gemm", "peak", "stream_triad"])
def test_a_run_that_fails_ends_it(driver: Driver, failing: str) -> None:
    driver.failing = failing
    with pytest.raises(IndicatorRunError, match=f"{failing}: hardware_mismatch: no device"):
        roofline_run.measure(request(), tell=lambda line: None)
    assert driver.asked[-1].name == failing


def test_each_run_is_told_of_before_it_begins(driver: Driver) -> None:
    told: list[tuple[str, int]] = []
    roofline_run.measure(
        request(), tell=lambda _: None, progress=lambda line: told.append((line, len(driver.asked)))
    )
    assert [line.split(",")[0] for line, _ in told] == [
        "run 1 of 3: gemm", "run 2 of 3: peak", "run 3 of 3: stream_triad",
    ]  # fmt: skip
    assert [before for _, before in told] == [0, 1, 2]


def test_a_busy_host_is_told(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    hertz = os.sysconf("SC_CLK_TCK")
    busy = {
        "before": {"cpu_ticks": {"user": 0, "idle": 0, "steal": 0}},
        "after": {"cpu_ticks": {"user": 8 * hertz, "idle": hertz, "steal": hertz}},
        "usage": {"ru_utime": 1.0, "ru_stime": 0.0},
        "samples": {"values": [1.0, 1.0, 2.0, 2.0, 3.0]},
    }
    monkeypatch.setitem(DOCUMENTS, "gemm", {**DOCUMENTS["gemm"], **busy})
    measured = roofline_run.measure(request(), tell=lambda _: None)
    document = measured.document()
    assert [len(found) for found in document["disturbed"].values()] == [2, 0, 0]
    assert document["relative_spread"]["rate"] == pytest.approx(0.75)
    rows = dict(noise_rows(measured))
    assert rows["disturbed"] == "rate: steal 10 %, others 70 %"
    assert rows["spread"].startswith("rate 75 %  (IQR")
