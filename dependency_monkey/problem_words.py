"""Reads a problem from the words of a command line: each is a requirement."""

from __future__ import annotations

from collections.abc import Sequence

from amun_core.intake import Intake, shown
from dependency_monkey.problem_draft import Draft


def read_words(words: Sequence[str], draft: Draft, intake: Intake) -> None:
    """Take each word for a root. Faults name the word by its place, counted from 1."""
    for number, word in enumerate(words, 1):
        place = f"word {number}"
        if _looks_like_a_file(word):
            intake.fault(
                place,
                f"{shown(word)} is no file, and no requirement",
                "Pipfile, pyproject.toml and requirements files are read; give one of them alone",
            )
            continue
        draft.ask(place, word, intake)


def _looks_like_a_file(word: str) -> bool:
    return "://" not in word and (
        "/" in word or word.endswith((".txt", ".toml", ".in", ".lock")) or word == "Pipfile"
    )
