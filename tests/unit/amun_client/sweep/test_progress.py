from __future__ import annotations

import io
from typing import Any

from amun_client.console import Console, Taste
from amun_client.sweep.progress import Lines, ended, words
from tests.support.sweep_documents import sweep


def test_words() -> None:
    assert words(sweep()) == "measuring: 7/18 runs of 4 stacks  about 12 min 3 s left"
    failed = words(sweep(states={"failed": 1, "crashed": 1}, seconds_left=None))
    assert failed == "measuring: 7/18 runs of 4 stacks, 2 of them failed"
    assert words(sweep("succeeded", 18)) == "succeeded: 18/18 runs of 4 stacks"


def test_ended() -> None:
    assert ended(sweep("cancelled"))
    assert not ended(sweep("paused"))


def test_a_line_for_each_change_and_from_time_to_time() -> None:
    now = [0.0]
    err = io.StringIO()
    console = Console(Taste(), {}, out=io.StringIO(), err=err)
    lines = Lines(console, clock=lambda: now[0])

    def seen(**changes: Any) -> int:
        lines.seen(sweep(**changes))
        now[0] += 1
        return len(err.getvalue().splitlines())

    assert seen() == 1
    assert seen(accepted=8) == 1
    assert seen(accepted=9, wave=1) == 2
    assert seen(accepted=9, wave=1, states={"failed": 1}) == 3
    now[0] += 60
    assert seen(accepted=12, wave=1, states={"failed": 1}) == 4
