from __future__ import annotations

import tomllib

import pytest

from amun_core.intake import Intake
from dependency_monkey.problem_draft import Draft
from dependency_monkey.problem_pyproject import read_pyproject
from tests.support.problems import settled

PROJECT = "[project]\nname = 'x'\ndependencies = ['a', 'B_b>=1']\n"
INDEXES = """
[[tool.uv.index]]
name = "own"
url = "https://own.example/simple"
explicit = true
[[tool.uv.index]]
url = "https://main.example/simple"
default = true
"""


def read(text: str) -> tuple[Draft, Intake]:
    draft, intake = Draft(), Intake()
    read_pyproject(tomllib.loads(PROJECT + text), draft, intake)
    settled(draft, intake)
    return draft, intake


def test_without_tables_of_uv() -> None:
    draft, intake = read("[tool.ruff]\nline-length = 1\n")
    assert draft.sources == []
    assert not intake.warnings


def test_a_package_is_bound_to_an_index() -> None:
    draft, intake = read(INDEXES + "[tool.uv.sources]\nb-B = {index = 'own'}\n")
    assert [(source.name, source.url) for source in draft.sources] == [
        ("index-1", "https://main.example/simple"), ("own", "https://own.example/simple"),
    ]  # fmt: skip
    assert settled(draft, intake) == [("a", None), ("B_b>=1", "own")]
    assert draft.searched == [("index-1",)]
    assert not intake.faults


def test_without_a_default_the_first_is_the_configured_index() -> None:
    draft, _ = read("[[tool.uv.index]]\nname = 'own'\nurl = 'https://own.example/simple'\n")
    assert [(source.name, source.url) for source in draft.sources] == [
        ("default", ""), ("own", "https://own.example/simple"),
    ]  # fmt: skip
    assert draft.searched == [("own",), ("default",)]


@pytest.mark.parametrize("key", ["git", "url", "path", "workspace"])
def test_a_package_from_elsewhere_is_refused(key: str) -> None:
    _, intake = read(f"[tool.uv.sources]\na = {{{key} = 'https://u:secret@g.example'}}\n")
    [fault] = intake.faults
    assert fault.pointer == "/project/dependencies/0"
    assert fault.message == f"a comes from {key!r} ([tool.uv.sources])"


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("[tool.uv.sources]\na = {index = 'nope'}\n", "/tool/uv/sources/a"),
        ("[tool.uv]\nsources = {a = [{index = 'nope'}]}\n", "/tool/uv/sources/a/0"),
        ("[[tool.uv.index]]\nname = 'own'\nurl = 'own'\n", "/tool/uv/index/0/url"),
        ("[tool.uv]\nindex = [1]\n", "/tool/uv/index/0"),
    ],
)
def test_each_fault_has_its_place(text: str, pointer: str) -> None:
    assert [fault.pointer for fault in read(text)[1].faults] == [pointer]
