from __future__ import annotations

import pytest

from dependency_monkey.blocking import Ask, Blocking, LeftOutHere, Require
from dependency_monkey.candidates import LeftOutBecause
from dependency_monkey.explain import Explanation, Inside, Outside, Why
from dependency_monkey.explain_text import (
    LEFT_OUT,
    advice,
    blocking_text,
    explanation_text,
    versions_text,
)


def test_few_versions_are_named_and_many_are_counted() -> None:
    assert versions_text(["1", "2", "3"]) == "1, 2, 3"
    assert versions_text(["1", "2", "3", "4"]) == "1 to 4 (4 versions)"


def test_every_reason_for_leaving_out_says_what_to_do() -> None:
    assert set(LEFT_OUT) == set(LeftOutBecause)
    assert all(meaning and help_text for meaning, help_text in LEFT_OUT.values())


@pytest.mark.parametrize("why", list(Why))
def test_every_answer_says_something_that_can_be_done(why: Why) -> None:
    outside = Outside(why, ("1.0",), because=LeftOutBecause.YANKED)
    text = explanation_text(Explanation("num==1.0", "num", (), (outside,)))
    assert "num" in text
    assert "What you can do" in text or "Give more" in text


def test_numbers_beyond_reading_are_shortened_however_large() -> None:
    inside = (Inside("1.0", 10**14), Inside("1.1", 123456 * 10**400))
    text = explanation_text(Explanation("num", "num", inside, (), stacks=10**500))
    assert "1.0: in 100,000,000,000,000 of 1.000e+500 stacks" in text
    assert "1.1: in 1.235e+405 of" in text


def test_where_nothing_helps_it_is_said_what_to_do_without() -> None:
    chain = Blocking((Ask("num>=9", "num", (), unread=False),), (), (), (), smallest=True)
    assert advice(chain) == ["do without num: no version of it that is known fits"]


def test_the_chain_stands_before_what_can_be_done() -> None:
    chain = Blocking(
        (Ask("flow", "flow", ("1.0",), unread=False), Ask("num==2", "num", (), False, wished=True)),
        (Require("flow", "num", (("num<2", ("1.0", "1.1")), ("num<1", ("2.0",)))),),
        (LeftOutHere("num", LeftOutBecause.OTHER_PYTHON, ("1.9",), ">=3.12"),),
        ("ghost",),
        smallest=True,
    )
    assert blocking_text(chain, you_ask="Pipfile asks for").splitlines() == [
        "These block each other:",
        "  to be explained: num==2",
        "  Pipfile asks for flow",
        "  flow 1.0, 1.1 requires num<2; flow 2.0 requires num<1",
        "  no index has ghost",
        "  num 1.9 left out: for another Python (>=3.12)",
        "What you can do:",
        "  - ask for another version than flow: 1.0 would fit",
        "  - ask for another one with --python-version (for num 1.9)",
        "  - see that an index has ghost: --index, or [[source]] of a Pipfile",
    ]
