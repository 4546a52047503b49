"""Which case of how many, and how long it goes on."""

from __future__ import annotations

import io

import pytest

from amun_client.console import Console, Taste
from amun_client.errors import ServerUnreachableError
from amun_client.suite.progress import Eta, SuiteProgress, telling


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_eta_goes_by_the_pace_of_what_is_done() -> None:
    clock = Clock()
    eta = Eta({0: 10.0, 1: 20.0, 2: 30.0}, clock)
    assert eta.seconds == 60.0
    eta.begin()
    clock.now = 20.0  # twice as long as was foretold
    eta.end(0)
    assert eta.seconds == pytest.approx(100.0)
    eta.begin()
    eta.end(1)
    eta.end(2)
    assert eta.seconds is None


def test_nothing_foretold_is_no_eta() -> None:
    assert Eta({}, Clock()).seconds is None


def test_a_line_for_each_case_and_a_reminder() -> None:
    err, clock = io.StringIO(), Clock()
    progress = SuiteProgress(Console(Taste(), {}, err=err), None, clock=clock)
    inspection = {"state": "running", "runs": {"accepted": 2, "requested": 6}}
    progress.begin("case 3/13  name", 90.0)
    progress.seen(inspection)
    assert err.getvalue() == ""
    clock.now = 31.0
    progress.seen(inspection)
    progress.end("case 3/13  name  1 ms", 60.0)
    assert err.getvalue().splitlines() == [
        "      31.0 s  case 3/13  name  ETA 1 min 30 s  running 2/6 runs",
        "      31.0 s  case 3/13  name  1 ms  ETA 1 min 0 s",
    ]


def test_silence_is_told_once() -> None:
    err = io.StringIO()
    progress = SuiteProgress(Console(Taste(), {}, err=err), None, clock=Clock())
    for _ in range(3):
        progress.unreachable(ServerUnreachableError("it does not answer"))
    assert err.getvalue().count("waiting for it") == 1


def test_console_that_is_no_terminal_gets_lines() -> None:
    err = io.StringIO()
    with telling(Console(Taste(), {}, err=err)) as progress:
        progress.end("done")
    assert err.getvalue().strip().endswith("done")
