from __future__ import annotations

import io

from amun_client.console import Console, Taste
from amun_client.stack.progress import Lines, watching, words

READING = {"event": "progress", "stage": "reading the index", "packages": 7, "versions": 30}


def test_a_line_for_each_stage_and_a_reminder() -> None:
    err, now = io.StringIO(), [0.0]
    lines = Lines(Console(Taste(), {}, err=err), clock=lambda: now[0])
    for moment in (0.0, 10.0, 29.0, 31.0, 32.0):
        now[0] = moment
        lines.seen(READING)
    lines.seen({"event": "progress", "stage": "compiling the space", "packages": 7})
    assert [line.split("  ")[-1] for line in err.getvalue().splitlines()] == [
        "reading the index",
        "reading the index: 7 packages, 30 versions",
        "compiling the space",
    ]


def test_a_stage_without_figures() -> None:
    assert words({"event": "progress", "stage": "starting"}) == "starting"


def test_no_line_is_rewritten_off_a_terminal() -> None:
    with watching(Console(Taste(), {}, err=io.StringIO())) as watcher:
        assert isinstance(watcher, Lines)
