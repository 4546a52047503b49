from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from amun_core.intake import Intake
from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import PreReleases
from dependency_monkey.problem_draft import Draft
from dependency_monkey.problem_reader import read_problem, read_problem_text
from dependency_monkey.problem_requirements import Included, RequirementsReader, no_include
from tests.support.problems import settled


def read(
    text: str,
    files: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> tuple[list[str], Draft, Intake]:
    draft, intake = Draft(), Intake()

    def include(wanted: str, _by: str) -> Included | str:
        found = (files or {}).get(wanted)
        return f"{wanted} is not there" if found is None else Included(wanted, found)

    RequirementsReader(draft, intake, include, variables or {}).read("r.txt", text)
    settled(draft, intake)
    return [str(root.requirement) for root in draft.roots], draft, intake


def places(intake: Intake) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.message) for fault in intake.faults]


def test_lines_comments_and_continuations() -> None:
    roots, _, intake = read(
        "# a comment\n\na  # another\nb>=1, \\\n  <2\n   c[x] ; python_version > '3' \\\n\nd#e\n"
    )
    assert roots == ["a", "b<2,>=1", 'c[x]; python_version > "3"']
    assert places(intake)[0][0] == "line 8"


def test_hashes_are_noted_once() -> None:
    digest = "0" * 64
    roots, _, intake = read(f"a==1 --hash=sha256:{digest} \\\n  --hash sha256:{digest}\nb\n")
    assert roots == ["a==1", "b"]
    assert not intake.faults
    assert [warning.message for warning in intake.warnings] == [
        "2 hashes are not used: every version may be chosen"
    ]


def test_files_are_included_once_and_circles_end() -> None:
    files = {"base.txt": "b\n-r r.txt\n-rmore.txt\n", "more.txt": "c==\n", "r.txt": "never\n"}
    roots, _, intake = read("a\n-r base.txt\n--requirement=base.txt\n", files)
    assert roots == ["a", "b"]
    assert [place for place, _ in places(intake)] == ["more.txt, line 1"]


def test_constraints_bound_without_asking() -> None:
    files = {"c.txt": "b<2\n-r d.txt\n", "d.txt": "d<3\n"}
    roots, draft, intake = read("a\n-c c.txt\n--constraint d.txt\n", files)
    assert roots == ["a"]
    assert list(map(str, draft.constraints)) == ["b<2", "d<3"]
    assert not intake.faults


def test_indexes() -> None:
    _, draft, intake = read(
        "-i https://old.example/simple\n--index-url=https://u:secret@i.example/simple\n"
        "--extra-index-url https://e.example/simple\na\n"
    )
    assert [(source.name, source.url) for source in draft.sources] == [
        ("default", "https://u:secret@i.example/simple"), ("extra-1", "https://e.example/simple"),
    ]  # fmt: skip
    assert ["all of them may be chosen" in warning.message for warning in intake.warnings] == [True]
    assert draft.searched == [("default", "extra-1")]
    _, draft, _ = read("--extra-index-url https://e.example/simple\na\n")
    assert [source.url for source in draft.sources] == ["", "https://e.example/simple"]
    assert read("a\n")[1].sources == []


def test_variables_are_put_in_where_they_are_known() -> None:
    text = "-i https://${USER}:${TOKEN}@i.example/${lower}\na\n"
    assert read(text, variables={"USER": "me", "TOKEN": "t"})[1].sources[0].url == (
        "https://me:t@i.example/${lower}"
    )
    assert read(text)[1].sources[0].url == "https://${USER}:${TOKEN}@i.example/${lower}"


def test_options() -> None:
    _, draft, intake = read("--pre\n--only-binary :all:\n--no-require-hashes\na\n--no-binary b\n")
    assert draft.pre_releases is PreReleases.ALLOW
    assert draft.wheels_only
    assert [warning.pointer for warning in intake.warnings] == ["line 5"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-e .", "an editable project"),
        ("--editable=git+https://u:secret@g.example/a#egg=a", "an editable project"),
        ("./a", "a path or an address of a package"),
        ("/srv/a-1-py3-none-any.whl", "a path or an address"),
        ("a-1.tar.gz", "a path or an address"),
        ("git+https://u:secret@g.example/a", "a path or an address"),
        ("a @ https://u:secret@f.example/a.whl", "a names an address"),
        ("a --global-option x", "'--global-option' is not taken in a requirements file"),
        ("--uploaded-prior-to 2024-01-01", "'--uploaded-prior-to' is not taken"),
        ("--find-links ./wheels", "'./wheels' is no http or https page"),
        ("--find-links file:///srv/wheels", "is no http or https page"),
        ("-i 'https://u:secret@i.example", "a quotation mark is not closed"),
        ("-i nowhere", "not an http or https address"),
        ("-r https://f.example/r.txt", "a file at an address is not fetched"),
        ("-r gone.txt", "gone.txt is not there"),
        ("a==1=2", "'a==1=2' is no requirement"),
        ("https://u:secret@f.example/a?b", "a path or an address of a package"),
        ("a=https://u:secret@f.example", "it is no requirement"),
    ],
)
def test_what_is_not_taken_is_told_with_its_line(line: str, message: str) -> None:
    _, _, intake = read(f"ok\n\n{line}\n")
    [(place, told)] = places(intake)
    assert place == "line 3"
    assert message in told
    assert "secret" not in told


def test_a_text_that_came_alone_includes_nothing() -> None:
    draft, intake = Draft(), Intake()
    RequirementsReader(draft, intake, no_include).read("r.txt", "a\n-r /etc/passwd\n")
    assert [place for place, _ in places(intake)] == ["line 2"]


def test_files_are_found_beside_the_one_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "r.txt").write_text("a\n-r below/s.txt\n")
    (tmp_path / "below" / "s.txt").write_text("b\n-r t.txt\n")
    (tmp_path / "below" / "t.txt").write_text("c\n")
    read_one = read_problem(tmp_path / "r.txt")
    assert [root.name for root in read_one.problem.roots] == ["a", "b", "c"]
    (tmp_path / "below" / "t.txt").unlink()
    with pytest.raises(InvalidProblemError, match=r"s\.txt, line 2: t\.txt cannot be read"):
        read_problem(tmp_path / "r.txt")


@pytest.mark.parametrize(
    "line",
    ["--trusted-host http://[", "-i https://h.example:x/s", "--extra-index-url https://h:99999/s",
     "-f http://[", "a @ https://h.example:99999/x.whl", "-i http://[::1", "-r http://[::"],
)  # fmt: skip
def test_an_address_that_is_none_is_a_fault_or_passed_over_and_never_a_crash(line: str) -> None:
    with contextlib.suppress(InvalidProblemError):
        read_problem_text("requirements.txt", f"{line}\nflask\n")
