from __future__ import annotations

import pytest

from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import PreReleases
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem_text
from tests.support.problems import HERE

ALONE = """
[tool.poetry]
name = "x"

[tool.poetry.dependencies]
python = "^3.10"
a = "^1.2"
b = {version = "~2.1", extras = ["y", "z"], markers = "sys_platform == 'linux'"}
c = [
    {version = "<2", python = "<3.11"},
    {version = ">=2", python = ">=3.11", allow-prereleases = true},
]
d = {version = "*", optional = true}
e = {version = "*", source = "own", platform = "linux"}

[tool.poetry.extras]
more = ["d"]

[tool.poetry.group.test.dependencies]
t = "*"

[tool.poetry.group.docs]
optional = true

[tool.poetry.group.docs.dependencies]
u = "*"

[[tool.poetry.source]]
name = "own"
url = "https://own.example/simple"
priority = "explicit"
"""
PROJECT = "[project]\nname = 'x'\ndependencies = ['a>=1', 'b']\n"


def read(text: str, **wishes: object) -> ReadProblem:
    return read_problem_text("pyproject.toml", text, Wishes(HERE, **wishes))  # type: ignore[arg-type]


def roots(found: ReadProblem) -> list[str]:
    return [str(root.requirement) for root in found.problem.roots]


def test_a_project_of_poetry_alone() -> None:
    found = read(ALONE)
    assert roots(found) == [
        "a<2.0,>=1.2",
        'b[y,z]<2.2,>=2.1; sys_platform == "linux"',
        'c>=2; python_full_version >= "3.11"',
        'e; sys_platform == "linux"',
    ]
    assert found.problem.source_of("e") == "own"  # type: ignore[arg-type]
    assert found.problem.source_of("a") == "default"  # type: ignore[arg-type]
    assert found.problem.policy.pre_releases_for("c") is PreReleases.ALLOW  # type: ignore[arg-type]
    assert found.inactive == ('c<2; python_full_version < "3.11"',)


def test_groups_and_extras_on_wish() -> None:
    assert roots(read(ALONE, dev=True))[-1] == "t"
    assert "d" in roots(read(ALONE, extras=("More",)))


def test_the_python_is_a_demand() -> None:
    with pytest.raises(InvalidProblemError, match="does not admit Python"):
        read(ALONE.replace("^3.10", "^3.12"))


def test_it_adds_to_a_project_its_sources_and_versions() -> None:
    found = read(
        PROJECT + "[tool.poetry.dependencies]\na = {version = '^1.5', source = 'own'}\n"
        "b = {allow-prereleases = true}\n"
        "[[tool.poetry.source]]\nname = 'own'\nurl = 'https://own.example'\npriority = 'explicit'\n"
    )
    assert [(root.name, root.source) for root in found.problem.roots] == [("a", "own"), ("b", None)]
    assert list(map(str, found.problem.constraints)) == ["a<2.0,>=1.5"]
    assert found.problem.policy.pre_releases_for("b") is PreReleases.ALLOW  # type: ignore[arg-type]


def test_sources_by_priority() -> None:
    def source(name: str, priority: str) -> str:
        told = f"priority = '{priority}'\n" if priority else ""
        return f"[[tool.poetry.source]]\nname = '{name}'\nurl = 'https://{name}.example'\n{told}"

    found = read(
        PROJECT + source("one", "") + source("two", "supplemental") + source("three", "explicit")
    ).problem
    assert found.sources == ("one", "two", "three")
    assert found.searched == (("one",), ("two",))
    alone = read(PROJECT + source("two", "supplemental")).problem
    assert alone.searched == (("default",), ("two",))
    named = read(PROJECT + "[[tool.poetry.source]]\nname = 'PyPI'\n" + source("one", "primary"))
    assert named.problem.searched == (("PyPI", "one"),)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("a = {git = 'https://u:secret@g.example/a'}", "/tool/poetry/dependencies/a"),
        ("a = {path = '../a', develop = true}", "/tool/poetry/dependencies/a"),
        ("a = '1 || 2'", "/tool/poetry/dependencies/a/version"),
        ("a = {version = '*', source = 'nope'}", "/tool/poetry/dependencies/a/source"),
        ("a = {version = '*', python = 'x'}", "/tool/poetry/dependencies/a/python"),
        ("a = {version = '*', markers = 'x'}", "/tool/poetry/dependencies/a/markers"),
        ("a = 1", "/tool/poetry/dependencies/a"),
        ("python = 'x'\na = '*'", "/tool/poetry/dependencies/python"),
    ],
)
def test_each_fault_has_its_place(text: str, pointer: str) -> None:
    with pytest.raises(InvalidProblemError) as told:
        read(f"[tool.poetry.dependencies]\nz = '*'\n{text}\n")
    assert [fault.pointer for fault in told.value.faults] == [pointer]
    assert "secret" not in str(told.value.faults)


def test_an_unknown_key_is_told() -> None:
    found = read("[tool.poetry.dependencies]\na = {version = '*', verison = '1'}\n")
    assert [warning.pointer for warning in found.warnings] == [
        "/tool/poetry/dependencies/a/verison"
    ]
