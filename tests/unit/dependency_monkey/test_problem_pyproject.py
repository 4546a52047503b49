from __future__ import annotations

import tomllib

import pytest

from amun_core.intake import Intake
from dependency_monkey.problem_draft import Draft
from dependency_monkey.problem_pyproject import read_pyproject
from tests.support.problems import settled

WHOLE = """
[project]
name = "My.Project"
requires-python = ">=3.9"
dependencies = ["a>=1", "b; python_version < '4'"]

[project.optional-dependencies]
Fast_Path = ["c", "my-project[more]"]
more = ["d", "my_project[fast-path]"]
unused = ["e"]

[dependency-groups]
dev = ["pytest", {include-group = "Lint"}, {include-group = "lint"}]
lint = ["ruff", {include-group = "dev"}]
"""


def read(text: str, **options: object) -> tuple[list[str], Draft, Intake]:
    draft, intake = Draft(), Intake()
    read_pyproject(tomllib.loads(text), draft, intake, **options)  # type: ignore[arg-type]
    settled(draft, intake)
    return [str(root.requirement) for root in draft.roots], draft, intake


def test_the_dependencies_of_a_project() -> None:
    roots, draft, intake = read(WHOLE)
    assert roots == ["a>=1", 'b; python_version < "4"']
    assert draft.requires_python == ">=3.9"
    assert not intake.faults


def test_extras_that_are_chosen_with_those_that_they_name() -> None:
    assert read(WHOLE, extras=["fast.path"])[0][2:] == ["c", "d"]
    assert read(WHOLE, extras=["more", "fast-path"])[0][2:] == ["d", "c"]


def test_the_development_group_with_what_it_includes() -> None:
    assert read(WHOLE, dev=True)[0][2:] == ["pytest", "ruff"]


@pytest.mark.parametrize(
    ("text", "options", "pointer", "message"),
    [
        ("[tool.poetry]\n", {}, "/project", "is missing"),
        ("[project]\nrequires-python = 3\n", {}, "/project/requires-python", "no versions of Python"),
        ("[project]\nrequires-python = '3+'\n", {}, "/project/requires-python", "no versions"),
        ("[project]\ndynamic = ['dependencies']\n", {}, "/project/dynamic", "told by the build"),
        ("[project]\ndependencies = 'a'\n", {}, "/project/dependencies", "an array is expected"),
        ("[project]\ndependencies = ['a', 7]\n", {}, "/project/dependencies/1", "a text is expected"),
        ("[project]\ndependencies = ['a==']\n", {}, "/project/dependencies/0", "is no requirement"),
        ("[project]\ndependencies = ['a @ https://f.example/a']\n", {}, "/project/dependencies/0",
         "a names an address"),
        ("[project]\noptional-dependencies = 1\n", {}, "/project/optional-dependencies", "a table"),
        (WHOLE, {"extras": ["nope"]}, "/project/optional-dependencies",
         "there is no extra 'nope'; known: fast-path, more, unused"),
        ("[project]\n", {"dev": True}, "/dependency-groups", "there is no group 'dev'; known: none"),
        ("[project]\n[dependency-groups]\ndev = [{include-group = 'x'}]\n", {"dev": True},
         "/dependency-groups/dev/0", "there is no group 'x'"),
        ("[project]\n[dependency-groups]\ndev = [{other = 'x'}]\n", {"dev": True},
         "/dependency-groups/dev/0", "include-group"),
    ],
)  # fmt: skip
def test_each_fault_has_its_place(
    text: str, options: dict[str, object], pointer: str, message: str
) -> None:
    _, _, intake = read(text, **options)
    assert [fault.pointer for fault in intake.faults] == [pointer]
    assert message in intake.faults[0].message
