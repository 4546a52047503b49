from __future__ import annotations

import pytest

from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import PreReleases
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem_text
from tests.support.problems import HERE

PROJECT = "[project]\nname = 'x'\ndependencies = ['a']\n"


def read(text: str, **wishes: object) -> ReadProblem:
    return read_problem_text("pyproject.toml", PROJECT + text, Wishes(HERE, **wishes))  # type: ignore[arg-type]


def test_overrides_and_excludes() -> None:
    found = read(
        "[tool.pdm.resolution]\nexcludes = ['D_d']\n[tool.pdm.resolution.overrides]\n"
        "b = '1.26.18'\nc = '>=1,<2'\ne = '*'\n"
    )
    assert list(map(str, found.problem.overrides)) == ["b==1.26.18", "c<2,>=1", "e"]
    assert found.problem.removed == {"d-d"}
    assert not found.warnings


@pytest.mark.parametrize(("value", "rule"), [("true", "allow"), ("false", "never")])
def test_pre_releases(value: str, rule: str) -> None:
    found = read(f"[tool.pdm.resolution]\nallow-prereleases = {value}\n")
    assert found.problem.policy.pre_releases is PreReleases(rule)


def test_sources_are_mixed_or_in_order() -> None:
    text = (
        "[tool.pdm.resolution]\nrespect-source-order = false\n"
        "[[tool.pdm.source]]\nname = 'pypi'\nurl = 'https://main.example/simple'\n"
        "[[tool.pdm.source]]\nname = 'own'\nurl = 'https://own.example/simple'\nverify_ssl = false\n"
        "[[tool.pdm.source]]\nname = 'l'\ntype = 'find_links'\nurl = 'https://l.example/x.html'\n"
    )
    found = read(text)
    assert [(one.name, one.url, one.verify_ssl) for one in found.sources] == [
        ("default", "https://main.example/simple", True),
        ("own", "https://own.example/simple", False),
        ("l", "https://l.example/x.html", True),
    ]
    assert found.problem.searched == (("default", "own"),)
    assert found.problem.links == ("l",)
    assert read(text.replace("false\n", "true\n", 1)).problem.searched == (("default",), ("own",))


def test_development_dependencies() -> None:
    text = "[tool.pdm.dev-dependencies]\ntest = ['t']\nown = ['-e file:///x#egg=x']\n"
    assert [root.name for root in read(text).problem.roots] == ["a"]
    with pytest.raises(InvalidProblemError, match="/tool/pdm/dev-dependencies/own/0: an editable"):
        read(text, dev=True)
    assert [root.name for root in read(text.partition("own")[0], dev=True).problem.roots] == [
        "a",
        "t",
    ]


def test_what_is_not_obeyed_is_named() -> None:
    found = read(
        "[tool.pdm]\noptions = {lock = ['--no-cross-platform']}\n[tool.pdm.resolution]\nno-such = 1\n"
        "[[tool.pdm.source]]\nname = 'own'\nurl = 'https://own.example'\ninclude_packages = ['b*']\n"
    )
    assert [warning.pointer for warning in found.warnings] == [
        "/tool/pdm/resolution/no-such", "/tool/pdm/source/0/include_packages", "/tool/pdm/options",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("[tool.pdm.resolution.overrides]\nb = 'https://u:secret@f.example/b'\n",
         "/tool/pdm/resolution/overrides/b"),
        ("[tool.pdm.resolution.overrides]\nb = '=>1'\n", "/tool/pdm/resolution/overrides/b"),
        ("[tool.pdm.resolution.overrides]\nb = 1\n", "/tool/pdm/resolution/overrides/b"),
        ("[[tool.pdm.source]]\nname = 'own'\n", "/tool/pdm/source/0/url"),
        ("[tool.pdm]\nresolution = 1\n", "/tool/pdm/resolution"),
        ("[tool]\npdm = 1\n", "/tool/pdm"),
    ],
)  # fmt: skip
def test_each_fault_has_its_place(text: str, pointer: str) -> None:
    with pytest.raises(InvalidProblemError) as told:
        read(text)
    assert [fault.pointer for fault in told.value.faults] == [pointer]
    assert "secret" not in str(told.value.faults)
