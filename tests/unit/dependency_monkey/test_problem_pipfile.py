from __future__ import annotations

import tomllib

import pytest

from amun_core.intake import Intake
from dependency_monkey.problem import PreReleases
from dependency_monkey.problem_draft import Draft
from dependency_monkey.problem_pipfile import read_pipfile
from tests.support.problems import settled

WHOLE = """
[[source]]
name = "main"
url = "https://index.example/simple"
verify_ssl = true

[[source]]
name = "own"
url = "https://user:secret@own.example/simple"
verify_ssl = false

[packages]
Flask = "*"
numpy = ">=1.20,<2"
tensorflow = {version = "~=2.12", extras = ["and-cuda"], index = "own", markers = "sys_platform == 'linux'"}
old = {version = "*", python_version = "< '3.12'", sys_platform = "== 'linux'"}
both = {version = "*", markers = "os_name == 'posix' or os_name == 'nt'", python_version = ">= '3'"}
bare = "1.4"

[dev-packages]
pytest = "*"

[requires]
python_version = "3.11"

[pipenv]
allow_prereleases = true

[scripts]
test = "pytest"

[docs]
sphinx = "*"
"""


def read(text: str, *, dev: bool = False) -> tuple[Draft, Intake]:
    draft, intake = Draft(), Intake()
    read_pipfile(tomllib.loads(text), draft, intake, dev=dev)
    settled(draft, intake)
    return draft, intake


def test_a_whole_pipfile() -> None:
    draft, intake = read(WHOLE)
    assert not intake.faults
    assert settled(draft, intake) == [
        ("flask", None),
        ("numpy<2,>=1.20", None),
        ('tensorflow[and-cuda]~=2.12; sys_platform == "linux"', "own"),
        ('old; sys_platform == "linux" and python_version < "3.12"', None),
        ('both; (os_name == "posix" or os_name == "nt") and python_version >= "3"', None),
        ("bare==1.4", None),
    ]
    assert [(source.name, source.url, source.verify_ssl) for source in draft.sources] == [
        ("main", "https://index.example/simple", True),
        ("own", "https://user:secret@own.example/simple", False),
    ]
    assert draft.python_version == "3.11"
    assert draft.pre_releases is PreReleases.ALLOW
    assert [(warning.pointer, warning.message) for warning in intake.warnings] == [
        ("/packages/bare/version", "read as ==1.4"),
        ("/docs", "is no table that is read, has no effect"),
    ]


def test_development_packages_on_wish_only() -> None:
    assert "pytest" not in {root.requirement.name for root in read(WHOLE)[0].roots}
    assert read(WHOLE, dev=True)[0].roots[-1].requirement.name == "pytest"


@pytest.mark.parametrize("key", ["git", "path", "file", "url", "hg", "svn"])
def test_what_comes_from_no_index_is_refused_without_its_address(key: str) -> None:
    _, intake = read(f'[packages]\na = {{{key} = "https://u:secret@g.example/a", ref = "main"}}\n')
    [fault] = intake.faults
    assert fault.pointer == f"/packages/a/{key}"
    assert fault.message == f"a comes from {key!r}"
    assert "packages of an index" in str(fault.hint)


@pytest.mark.parametrize(
    ("text", "pointer", "message"),
    [
        ("[packages]\na = 1\n", "/packages/a", "a version or a table is expected, not 1"),
        ("[packages]\na = {version = 1.2}\n", "/packages/a/version", "a text such as '>=1.2'"),
        ("[packages]\na = '=>1'\n", "/packages/a/version", "'=>1' names no versions of a"),
        (
            "[packages]\na = {editable = true, path = '.'}\n",
            "/packages/a/path",
            "comes from 'path'",
        ),
        ("[packages]\n'a b' = '*'\n", "/packages/a b", "'a b' is not a package name"),
        ("[packages]\na_b = '*'\nA-B = '*'\n", "/packages/A-B", "are the same package"),
        ("[packages]\na = {extras = 'x'}\n", "/packages/a/extras", "an array is expected"),
        ("[packages]\na = {extras = ['!']}\n", "/packages/a/extras/0", "'!' is not a package name"),
        (
            "[packages]\na = {markers = 'nope'}\n",
            "/packages/a/markers",
            "not an environment marker",
        ),
        ("[packages]\na = {os_name = 'nt'}\n", "/packages/a/os_name", "not an environment marker"),
        (
            "[packages]\na = {index = 'b'}\n",
            "/packages/a/index",
            "no source is called 'b'; known: none",
        ),
        ("packages = 1\n", "/packages", "a table is expected, not 1"),
        ("requires = []\n", "/requires", "a table is expected"),
        ("[requires]\npython_version = 3.10\n", "/requires/python_version", "the number 3.1"),
        (
            "[requires]\npython_version = 'x'\n",
            "/requires/python_version",
            "is not a Python version",
        ),
        ("[pipenv]\nallow_prereleases = 'yes'\n", "/pipenv/allow_prereleases", "true or false"),
        ("[[source]]\nname = 'a'\n", "/source/0/url", "not an http or https address"),
        ("[[source]]\nname = 'a'\nurl = 'file:///srv'\n", "/source/0/url", "not an http"),
    ],
)
def test_each_fault_has_its_place(text: str, pointer: str, message: str) -> None:
    _, intake = read(text)
    assert [fault.pointer for fault in intake.faults] == [pointer]
    assert message in intake.faults[0].message


def test_unknown_keys_are_told() -> None:
    draft, intake = read("[packages]\na = {version = '*', verison = '1'}\n")
    assert len(draft.roots) == 1
    assert [warning.pointer for warning in intake.warnings] == ["/packages/a/verison"]


@pytest.mark.parametrize("version", ["*", ""])
def test_any_version(version: str) -> None:
    assert str(read(f"[packages]\na = '{version}'\n")[0].roots[0].requirement) == "a"


def test_the_full_version_of_python_is_stronger() -> None:
    draft, _ = read("[requires]\npython_version = '3.11'\npython_full_version = '3.11.4'\n")
    assert draft.python_version == "3.11.4"
