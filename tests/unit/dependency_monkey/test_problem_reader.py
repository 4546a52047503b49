from __future__ import annotations

from pathlib import Path

import pytest

from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import Policy, PreReleases
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem, read_problem_text

HERE = TargetEnvironment("3.11.7", "x86_64", ("glibc", 2, 36))


def roots(read: ReadProblem) -> list[str]:
    return [str(root.requirement) for root in read.problem.roots]


def faults(name: str, text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidProblemError) as told:
        read_problem_text(name, text)
    assert told.value.code == "A948"
    return [(fault.pointer, fault.message) for fault in told.value.faults]


def test_words() -> None:
    read = read_problem(["flask", "numpy[x]>=1.2,<2; python_version >= '3'"], Wishes(HERE))
    assert roots(read) == ["flask", 'numpy[x]<2,>=1.2; python_version >= "3"']
    assert read.problem.sources == ("default",)
    assert [(source.name, source.url) for source in read.sources] == [("default", "")]


def test_roots_whose_marker_does_not_hold_are_left_out_and_told() -> None:
    read = read_problem(["a", "b; sys_platform == 'win32'", "c; extra == 'x'"], Wishes(HERE))
    assert roots(read) == ["a"]
    assert read.inactive == ('b; sys_platform == "win32"', 'c; extra == "x"')
    with pytest.raises(InvalidProblemError, match="the words: asks for no package in this env"):
        read_problem(["b; sys_platform == 'win32'"], Wishes(HERE))


def test_nothing_asked_for() -> None:
    with pytest.raises(InvalidProblemError, match=r"asks for no package$"):
        read_problem([], Wishes(HERE))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Pipfile", "[packages]\nflask = '*'\n"),
        ("pyproject.toml", "[project]\nname = 'x'\ndependencies = ['flask']\n"),
        ("other.toml", "[project]\nname = 'x'\ndependencies = ['flask']\n"),
        ("other.toml", "[packages]\nflask = '*'\n"),
        ("requirements.txt", "flask\n"),
        ("requirements/base.in", "# base\nflask\n"),
    ],
)
def test_the_name_tells_the_format(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert roots(read_problem(path)) == roots(read_problem([str(path)])) == ["flask"]
    assert roots(read_problem_text(name, text)) == ["flask"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidProblemError, match="Pipfile cannot be read: No such file"):
        read_problem(tmp_path / "Pipfile")
    (tmp_path / "a.txt").write_bytes(b"\xff\xff")
    with pytest.raises(InvalidProblemError, match=r"a\.txt is no text in utf-8"):
        read_problem(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"a\n" * 600_000)
    with pytest.raises(InvalidProblemError, match=r"a\.txt is longer than"):
        read_problem(tmp_path / "a.txt")


@pytest.mark.parametrize("name", ["Pipfile.lock", "pylock.toml", "pylock.dev.toml", "x.json"])
def test_locks_leave_nothing_to_choose(name: str) -> None:
    assert faults(name, "{}") == [("", "a lock leaves nothing to choose")]


def test_what_is_no_toml_is_told_with_its_place() -> None:
    [(_, message)] = faults("Pipfile", "[packages\nflask = '*'")
    assert "is not TOML" in message
    assert "line 1" in message


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InvalidProblemError, match=r"^the words: word 2: .*\(and 1 more\)$") as told:
        read_problem(["a", "b=1", "c=>1"], Wishes(HERE))
    assert [fault.pointer for fault in told.value.faults] == ["word 2", "word 3"]


def test_the_python_of_a_pipfile_is_taken_unless_another_is_asked_for() -> None:
    text = "[packages]\na = '*'\n[requires]\npython_version = '3.9'\n"
    assert read_problem_text("Pipfile", text).problem.environment.python_version == "3.9.25"
    asked = read_problem_text("Pipfile", text, Wishes(HERE))
    assert asked.problem.environment is HERE
    assert [warning.pointer for warning in asked.warnings] == ["/requires"]
    partly = read_problem_text("Pipfile", text, Wishes(HERE, python_told=False))
    assert partly.problem.environment.python_version == "3.9.25"
    assert partly.problem.environment.libc == ("glibc", 2, 36)
    same = read_problem_text("Pipfile", text.replace("3.9", "3.11"), Wishes(HERE))
    assert not same.warnings


def test_a_python_that_a_project_does_not_admit_is_a_fault() -> None:
    text = "[project]\nname='x'\nrequires-python='>=3.12'\ndependencies=['a']\n"
    with pytest.raises(InvalidProblemError, match=r">=3.12 does not admit Python 3.11.7"):
        read_problem_text("pyproject.toml", text, Wishes(HERE))
    newer = TargetEnvironment("3.12.1")
    assert roots(read_problem_text("pyproject.toml", text, Wishes(newer))) == ["a"]


def test_pre_releases_of_a_file_are_a_wish_that_the_policy_may_overrule() -> None:
    text = "[packages]\na = '*'\n[pipenv]\nallow_prereleases = true\n"
    assert read_problem_text("Pipfile", text).problem.policy.pre_releases is PreReleases.ALLOW
    never = Policy(pre_releases=PreReleases.NEVER)
    kept = read_problem_text("Pipfile", text, Wishes(policy=never))
    assert kept.problem.policy == never


def test_one_package_from_two_sources_is_a_fault() -> None:
    text = """
        [[source]]
        name = "one"
        url = "https://one.example/simple"
        [[source]]
        name = "two"
        url = "https://two.example/simple"
        [packages]
        a = {version = "*", index = "one"}
        [dev-packages]
        a = {version = "*", index = "two"}
    """
    assert read_problem_text("Pipfile", text).problem.source_of("a") == "one"  # type: ignore[arg-type]
    with pytest.raises(
        InvalidProblemError, match="a comes from 'two' here and from 'one' elsewhere"
    ):
        read_problem_text("Pipfile", text, Wishes(dev=True))


def test_constraints_whose_marker_does_not_hold_bound_nothing(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("b<2\nc<2; sys_platform == 'win32'\n")
    (tmp_path / "r.txt").write_text("a\n-c c.txt\n")
    read = read_problem(tmp_path / "r.txt", Wishes(HERE))
    assert list(map(str, read.problem.constraints)) == ["b<2"]
