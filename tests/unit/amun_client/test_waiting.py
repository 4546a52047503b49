from __future__ import annotations

import io
from typing import Any

import pytest

from amun_client.console import Console, Taste
from amun_client.errors import ServerUnreachableError
from amun_client.progress import Lines, words
from amun_client.waiting import PATIENCE_SECONDS, wait_for_end


class Script:
    """A client that answers what it is told, and a clock that moves by sleeping."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.now = 0.0

    def inspection(self, _identity: str) -> dict[str, Any]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        state, accepted = answer
        return {
            "state": state,
            "cancel_requested": False,
            "runs": {"requested": 6, "accepted": accepted},
        }

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


def wait(script: Script) -> tuple[dict[str, Any], list[str]]:
    err = io.StringIO()
    console = Console(Taste(), {}, err=err)
    watcher = Lines(console, clock=script.clock)
    found = wait_for_end(
        script,  # type: ignore[arg-type]
        "x",
        watcher,
        interval_seconds=10.0,
        sleep=script.sleep,
        clock=script.clock,
    )
    return found, err.getvalue().splitlines()


def test_one_line_for_each_step_and_a_reminder() -> None:
    building = [("building", 0)] * 5
    script = Script(("queued", 0), *building, ("running", 1), ("running", 1), ("succeeded", 6))
    found, lines = wait(script)
    assert found["state"] == "succeeded"
    assert lines == [
        "   0.0 s  queued: waits for a builder",
        "  10.0 s  building: a builder makes the run-time environment",
        "  40.0 s  building: a builder makes the run-time environment",
        "1 min 0 s  running: a measurer runs the performance indicator  1/6 runs",
        "1 min 20 s  succeeded: every run was accepted",
    ]


def test_a_restart_of_the_service_is_waited_for() -> None:
    gone = ServerUnreachableError("it does not answer")
    found, lines = wait(Script(gone, gone, ("failed", 0)))
    assert found["state"] == "failed"
    assert lines[0] == "   0.0 s  it does not answer; waiting for it"
    assert len(lines) == 2


def test_a_service_that_stays_away_ends_the_wait() -> None:
    script = Script(ServerUnreachableError("gone"))
    with pytest.raises(ServerUnreachableError):
        wait(script)
    assert script.now == PATIENCE_SECONDS


def test_a_wish_to_cancel_is_shown() -> None:
    assert words({"state": "running", "cancel_requested": True}) == "running: cancelling"
    assert words({"state": "cancelled", "cancel_requested": True}) == (
        "cancelled: ended by the wish of a user, "
        "or because its sweep had nothing left to compare it with"
    )
