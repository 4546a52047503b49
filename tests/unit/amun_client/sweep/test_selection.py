"""Which stacks are chosen; the questions are answered from a small index in this process."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.stack.process import Where
from amun_client.sweep.members import member_from
from amun_client.sweep.selection import choose, parse_selection
from amun_core.stack_request import StackVerb, parse_stack_request
from dependency_monkey.answers.asked import Asked
from dependency_monkey.answers.verbs import ANSWERS
from tests.support.stack_questions import TARGET, asked

GIVEN: dict[str, Any] = {
    **TARGET,
    "base": None,
    "dev": False,
    "time_limit": 60.0,
    "index": None,
    "offline": True,
    "snapshot": None,
    "save_snapshot": None,
}
ALL_OF_APP = 6


class Space:
    """Answers questions, and keeps them."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.where: list[Where] = []

    def __call__(self, request: dict[str, Any], where: Where) -> dict[str, Any]:
        self.asked.append(request)
        self.where.append(where)
        space = read_once()
        space.request = parse_stack_request(request)
        return ANSWERS[space.request.verb](space)


@cache
def read_once() -> Asked:
    """The space of `app`, read and compiled for all tests here."""
    return asked("count", "app")


def chosen(text: str, what: tuple[str, ...] = ("app",), **changes: Any) -> Any:
    space = changes.pop("space", None) or Space()
    wanted = {"seed": None, "reference": None, **changes}
    return choose(parse_selection(text), GIVEN, what, space, **wanted)


@pytest.mark.parametrize(
    ("text", "verb", "fields"),
    [
        ("sample:100", StackVerb.SAMPLE, {"number": 100, "distribution": "named"}),
        ("uniform:9", StackVerb.SAMPLE, {"number": 9, "distribution": "uniform"}),
        ("cover:1", StackVerb.COVER, {"strength": 1}),
        ("cover:2", StackVerb.COVER, {"strength": 2}),
        ("cover", StackVerb.COVER, {"strength": 1}),
        ("enumerate", StackVerb.LIST, {"number": 1000}),
        ("best:20", StackVerb.BEST, {"number": 20}),
    ],
)
def test_what_is_understood(text: str, verb: StackVerb, fields: dict[str, Any]) -> None:
    selection = parse_selection(text)
    assert (selection.verb, selection.fields) == (verb, fields)


@pytest.mark.parametrize(
    "text",
    ["", "all", "sample", "sample:0", "sample:-1", "sample:1001", "sample:x", "cover:3",
     "enumerate:4", "nearest", "nearest:missing.lock:2", "best"],
)  # fmt: skip
def test_what_is_not(text: str) -> None:
    with pytest.raises(UsageFaultError):
        parse_selection(text)


def test_near_to_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("app==1.0\nlib==1.0\n")
    selection = parse_selection(f"nearest:{lock}:3")
    assert selection.fields["most_differing"] == 3
    assert selection.near == lock
    assert parse_selection(f"nearest:{lock}").fields["most_differing"] == 1
    found = chosen(f"nearest:{lock}:1", reference=member_from(lock))
    assert found.reference == "requirements"
    assert [dict(one.pins) for one in found.members] == [
        {"app": "1.0", "lib": "1.0"},
        {"app": "1.0", "lib": "1.5"},
    ]


def test_all_of_them_with_the_newest_as_the_reference() -> None:
    space = Space()
    found = chosen("enumerate", space=space)
    assert len(found.members) == ALL_OF_APP
    assert len({tuple(sorted(one.pins.items())) for one in found.members}) == ALL_OF_APP
    assert dict(found.members[0].pins) == {"app": "2.0", "lib": "3.0", "tool": "0.3"}
    assert found.reference == found.members[0].name
    assert found.origin["count"] == "6"
    assert found.origin["select"] == "enumerate"
    # the second question is answered from what the first has read
    assert space.where[1].snapshot == space.where[0].save_snapshot
    assert space.where[1].offline


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6, 7])
def test_a_sample_is_of_different_stacks(number: int) -> None:
    for seed in range(4):
        found = chosen(f"sample:{number}", seed=seed)
        stacks = {tuple(sorted(one.pins.items())) for one in found.members}
        assert len(stacks) == len(found.members)
        # the reference comes on top, where it was not drawn
        assert min(number, ALL_OF_APP) <= len(stacks) <= min(number + 1, ALL_OF_APP)
    again = chosen(f"sample:{number}", seed=3)
    assert [one.name for one in again.members] == [one.name for one in found.members]


def test_every_stack_is_as_likely_in_a_uniform_sample() -> None:
    drawn: Counter[str] = Counter()
    for seed in range(100):
        lock = chosen("uniform:2", seed=seed)
        drawn.update(str(sorted(one.pins.items())) for one in lock.members[-2:])
    assert len(drawn) == ALL_OF_APP
    assert min(drawn.values()) > 12


def test_a_sample_has_every_version_of_what_was_named_before_it_varies_the_rest() -> None:
    found = chosen("sample:2")
    newest = {"app": "2.0", "lib": "3.0", "tool": "0.3"}
    assert [one.pins for one in found.members] == [newest, {"app": "1.0", "lib": "1.5"}]
    assert "each equally likely" in found.origin["distributed"]
    assert len(chosen("sample:5").members) == 5


def test_a_cover_has_every_version() -> None:
    found = chosen("cover:1")
    versions = {(name, version) for one in found.members for name, version in one.pins.items()}
    assert {("app", "1.0"), ("lib", "1.5"), ("tool", "0.1")} <= versions


def test_a_named_reference_comes_first(tmp_path: Path) -> None:
    lock = tmp_path / "mine.txt"
    lock.write_text("app==2.0\nlib==2.0\ntool==0.1\n")
    space = Space()
    found = chosen("enumerate", reference=member_from(lock), space=space)
    assert found.reference == found.members[0].name == "mine"
    assert len(found.members) == ALL_OF_APP
    assert len(space.asked) == 1
