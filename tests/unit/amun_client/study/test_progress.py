from __future__ import annotations

import io

from amun_client.console import Console, Taste
from amun_client.errors import ServerUnreachableError
from amun_client.progress import REMINDER_SECONDS
from amun_client.study.catalogue import SIZES
from amun_client.study.plan import Cell, Plan
from amun_client.study.progress import Lines, rest_text, telling
from amun_client.study.survey import Survey, survey_of
from tests.support.studies import inspection

PLAN = Plan(SIZES, "numpy", (64, 128), 2, 1, dict(SIZES.parameters))


class Spoken:
    def __init__(self) -> None:
        self.now = 0.0
        self.err = io.StringIO()
        console = Console(Taste(), {}, out=io.StringIO(), err=self.err)
        self.lines = Lines(console, PLAN, clock=lambda: self.now)

    @property
    def told(self) -> list[str]:
        return self.err.getvalue().splitlines()


def test_the_rest_names_a_time_once_something_was_measured() -> None:
    assert rest_text(PLAN, Survey()) == "0/4 measured"
    assert rest_text(PLAN, survey_of([inspection(64, 1)])) == "1/4 measured  ETA 12.0 s"
    every = [inspection(value, number) for value in (64, 128) for number in (1, 2)]
    assert rest_text(PLAN, survey_of(every)) == "4/4 measured"


def test_a_log_gets_a_line_for_each_round_and_a_reminder() -> None:
    spoken = Spoken()
    spoken.lines.begun(Cell(1, 64), Survey())
    spoken.lines.begun(Cell(1, 128), Survey())
    assert len(spoken.told) == 1
    assert "round 1/2  matrix_size=64  0/4 measured" in spoken.told[0]
    spoken.now = REMINDER_SECONDS
    spoken.lines.begun(Cell(1, 128), Survey())
    spoken.lines.begun(Cell(2, 64), Survey())
    assert len(spoken.told) == 3


def test_a_bad_end_is_told_with_what_follows_from_it() -> None:
    spoken = Spoken()
    cell = Cell(1, 128)
    failure = {"reason": "out_of_memory", "attributed_to": "stack", "message": "killed"}
    failed, crashed = inspection(128, 1, "failed", failure=failure), inspection(128, 1, "crashed")
    spoken.lines.ended(cell, failed, survey_of([failed]))
    spoken.lines.ended(cell, crashed, survey_of([crashed]))
    spoken.lines.ended(cell, inspection(128, 1), Survey())
    first, second = spoken.told
    assert first.startswith("warning:")
    assert "killed; left out of the rounds to come" in first
    assert "tries it again" in second


def test_silence_is_told_once_until_the_service_speaks() -> None:
    spoken = Spoken()
    for _ in range(3):
        spoken.lines.unreachable(ServerUnreachableError("away"))
    assert len(spoken.told) == 1
    spoken.lines.seen({})
    spoken.lines.unreachable(ServerUnreachableError("away"))
    assert len(spoken.told) == 2


def test_a_terminal_gets_one_living_line() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    err = Terminal()
    console = Console(Taste(), {"TERM": "xterm"}, out=io.StringIO(), err=err)
    with telling(console, PLAN) as teller:
        teller.begun(Cell(1, 64), Survey())
        teller.unreachable(ServerUnreachableError("away"))
        teller.seen({})
        teller.ended(Cell(1, 64), inspection(64, 1, "crashed"), survey_of([]))
    assert "matrix_size=64" in err.getvalue()
    assert "crashed" in err.getvalue()
