"""What does not apply is passed over whatever it comes from; what does is judged."""

from __future__ import annotations

import pytest

from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem_text
from tests.support.problems import HERE

NOT_HERE = 'sys_platform == "win32"'
PROJECT = "[project]\nname = 'x'\ndependencies = ['six', 'a']\n"
#: Name of a file, its text with the marker {}, and what the fault is where it applies.
ENTRIES = [
    ("requirements.txt", "six\na @ https://u:secret@f.example/a-1-py3-none-any.whl ; {}\n"),
    ("requirements.txt", "six\n./wheels/a-1-py3-none-any.whl ; {}\n"),
    ("requirements.txt", "six\nhttps://u:secret@f.example/a-1-py3-none-any.whl ; {}\n"),
    ("requirements.txt", "six\ngit+https://u:secret@g.example/a.git#egg=a ; {}\n"),
    ("requirements.txt", "six\n-e './a ; {}'\n"),
    ("Pipfile", "[packages]\nsix = '*'\na = {{path = 'a', markers = '{}'}}\n"),
    ("Pipfile", "[packages]\nsix = '*'\na = {{git = 'https://u:secret@g.example', markers = '{}'}}\n"),
    ("Pipfile", "[packages]\nsix = '*'\na = {{version = '*', index = 'nope', markers = '{}'}}\n"),
    ("pyproject.toml", "[project]\nname = 'x'\ndependencies = ['six', 'a @ https://f.example/a ; {}']\n"),
    ("pyproject.toml", PROJECT.replace("'a'", "'a; {}'") + "[tool.uv.sources]\na = {{path = 'a'}}\n"),
    ("pyproject.toml", PROJECT + "[tool.uv.sources]\na = [{{git = 'https://g.example', marker = '{}'}}]\n"),
    ("pyproject.toml", PROJECT + "[tool.uv.sources]\na = [{{index = 'nope', marker = '{}'}}]\n"),
    ("pyproject.toml", "[tool.poetry.dependencies]\nsix = '*'\na = {{git = 'https://g.example', markers = '{}'}}\n"),
    ("pyproject.toml", "[tool.poetry.dependencies]\nsix = '*'\na = {{version = '*', source = 'nope', markers = '{}'}}\n"),
]  # fmt: skip


def read(name: str, text: str, **wishes: object) -> ReadProblem:
    return read_problem_text(name, text, Wishes(HERE, **wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "text"), ENTRIES)
def test_what_does_not_apply_is_passed_over(name: str, text: str) -> None:
    found = read(name, text.format(NOT_HERE))
    names = [root.name for root in found.problem.roots]
    assert names[0] == "six"
    if "sources" not in text or "; {}'" in text:
        assert names == ["six"]
        [told] = found.inactive
        assert "win32" in told
        assert "secret" not in told


@pytest.mark.parametrize(("name", "text"), ENTRIES)
def test_what_applies_is_a_fault(name: str, text: str) -> None:
    with pytest.raises(InvalidProblemError) as told:
        read(name, text.format('os_name == "posix"'))
    assert len(told.value.faults) == 1
    assert "secret" not in str(told.value.faults)


def test_the_first_source_whose_condition_holds() -> None:
    text = PROJECT + (
        "[tool.uv.sources]\na = [\n"
        "{index = 'one', marker = 'sys_platform == \"win32\"'},\n"
        "{index = 'two', marker = 'sys_platform == \"linux\"'},\n"
        "{index = 'three'}]\n"
        + "".join(
            f"[[tool.uv.index]]\nname = '{name}'\nurl = 'https://{name}.example'\nexplicit = true\n"
            for name in ("one", "two", "three")
        )
    )
    assert [root.source for root in read("pyproject.toml", text).problem.roots] == [None, "two"]


def test_sources_of_extras_and_groups_count_only_there() -> None:
    text = (
        "[project]\nname = 'x'\ndependencies = ['six']\n"
        "[project.optional-dependencies]\ncpu = ['t']\ngpu = ['t']\n[dependency-groups]\ndev = ['t']\n"
        "[tool.uv.sources]\nt = [{index = 'c', extra = 'cpu'}, {index = 'g', extra = 'gpu'},\n"
        "{git = 'https://g.example', group = 'dev'}]\n"
        "[[tool.uv.index]]\nname = 'c'\nurl = 'https://c.example'\nexplicit = true\n"
        "[[tool.uv.index]]\nname = 'g'\nurl = 'no address'\nexplicit = true\n"
    )
    assert [root.source for root in read("pyproject.toml", text).problem.roots] == [None]
    cpu = read("pyproject.toml", text, extras=("cpu",))
    assert [root.source for root in cpu.problem.roots] == [None, "c"]
    with pytest.raises(InvalidProblemError, match="/tool/uv/index/1/url: not an http"):
        read("pyproject.toml", text, extras=("gpu",))
    with pytest.raises(InvalidProblemError, match="t comes from 'git'"):
        read("pyproject.toml", text, dev=True)


def test_a_projects_own_extra_is_asked_for_only_where_its_marker_holds() -> None:
    text = (
        "[project]\nname = 'x'\ndependencies = ['six', 'x[a]; sys_platform == \"win32\"', 'x[b]']\n"
        "[project.optional-dependencies]\na = ['a', 'x[c]']\nb = ['b', 'x[c]; os_name == \"nt\"']\n"
        "c = ['c']\n"
    )
    found = read("pyproject.toml", text)
    assert [root.name for root in found.problem.roots] == ["six", "b"]
    both = read("pyproject.toml", text, extras=("c",))
    assert [root.name for root in both.problem.roots] == ["six", "b", "c"]


def test_a_marker_that_cannot_be_compared_is_told() -> None:
    for word in ("a; python_version >= 'x'", "a; platform_release >= '5.10'"):
        try:
            read("requirements.txt", f"six\n{word}\n")
        except InvalidProblemError as error:
            assert "marker" in str(error)  # noqa: PT017 - either answer is right, a traceback is not
