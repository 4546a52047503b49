from __future__ import annotations

import pytest

from amun_core.intake import Intake
from dependency_monkey.problem_draft import Draft
from dependency_monkey.problem_words import read_words
from tests.support.problems import settled


def read(*words: str) -> tuple[list[str], list[tuple[str, str]]]:
    draft, intake = Draft(), Intake()
    read_words(words, draft, intake)
    settled(draft, intake)
    return (
        [str(root.requirement) for root in draft.roots],
        [(fault.pointer, fault.message) for fault in intake.faults],
    )


def test_each_word_is_a_requirement() -> None:
    assert read("a", "b [x] >= 1") == (["a", "b[x]>=1"], [])


@pytest.mark.parametrize("word", ["no/such/file", "other.txt", "Pipfile", "a.toml"])
def test_a_file_that_is_not_there(word: str) -> None:
    [(place, message)] = read("a", word)[1]
    assert place == "word 2"
    assert message == f"{word!r} is no file, and no requirement"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("a==", "'a==' is no requirement"),
        ("a @ https://u:secret@f.example/a.whl", "a names an address"),
        ("git+https://u:secret@f.example/a", "it is no requirement"),
        ("a" * 9000, "a requirement that is too long to be one"),
        ("a; " + "(" * 100, "a requirement that is too long to be one"),
        ("a\x1b[31m", "'a\\x1b[31m' is no requirement"),
    ],
)
def test_what_is_none_is_told_without_secrets(word: str, message: str) -> None:
    [(place, told)] = read(word)[1]
    assert place == "word 1"
    assert told.startswith(message)
    assert "secret" not in told
    assert "\x1b" not in told
