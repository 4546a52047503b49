from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import Policy, PreReleases
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem, read_problem_text
from dependency_monkey.problem_uv_table import TOLD, WITHOUT_INFLUENCE
from tests.support.problems import HERE

PROJECT = "[project]\nname = 'x'\ndependencies = ['a', 'b']\n"


def read(text: str, **wishes: object) -> ReadProblem:
    asked = Wishes(HERE, **wishes)  # type: ignore[arg-type]
    return read_problem_text("pyproject.toml", PROJECT + text, asked)


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidProblemError) as told:
        read(text)
    return [(fault.pointer, fault.message) for fault in told.value.faults]


def test_constraints_overrides_and_what_is_excluded() -> None:
    problem = read(
        "[tool.uv]\nconstraint-dependencies = ['c<2', 'd<2; sys_platform == \"win32\"']\n"
        "override-dependencies = ['e==1', 'f==1; sys_platform == \"win32\"']\n"
        "exclude-dependencies = ['G_g']\n"
    ).problem
    assert list(map(str, problem.constraints)) == ["c<2"]
    assert list(map(str, problem.overrides)) == ["e==1"]
    assert problem.removed == {"g-g", "f"}  # nothing is left of an override that does not apply


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("allow", PreReleases.ALLOW),
        ("disallow", PreReleases.NEVER),
        ("if-necessary", PreReleases.IF_NECESSARY),
        ("if-necessary-or-explicit", PreReleases.IF_NECESSARY),
        ("explicit", PreReleases.IF_NECESSARY),
    ],
)
def test_pre_releases(value: str, rule: PreReleases) -> None:
    found = read(f"[tool.uv]\nprerelease = '{value}'\nprerelease-package = {{A_a = 'allow'}}\n")
    assert found.problem.policy.pre_releases is rule
    assert found.problem.policy.pre_releases_for("a-a") is PreReleases.ALLOW  # type: ignore[arg-type]
    assert len(found.warnings) == (value == "explicit")
    never = read(
        f"[tool.uv]\nprerelease = '{value}'\n", policy=Policy(pre_releases=PreReleases.NEVER)
    )
    assert never.problem.policy.pre_releases is PreReleases.NEVER


def test_dates() -> None:
    policy = read(
        "[tool.uv]\nexclude-newer = '2024-06-01'\n"
        "exclude-newer-package = {a = '2023-01-01T00:00:00Z', B = false}\n"
    ).problem.policy
    assert policy.as_of == datetime(2024, 6, 2, tzinfo=UTC)
    assert policy.as_of_for("a") == datetime(2023, 1, 1, tzinfo=UTC)  # type: ignore[arg-type]
    assert policy.as_of_for("b") is None  # type: ignore[arg-type]
    assert policy.as_of_for("c") == policy.as_of  # type: ignore[arg-type]
    assert policy.dated
    ago = read("[tool.uv]\nexclude-newer = '2 weeks'\n").problem.policy.as_of
    assert ago is not None
    assert timedelta(days=13) < datetime.now(UTC) - ago < timedelta(days=15)


def test_what_a_person_asks_for_takes_the_place_of_the_file() -> None:
    asked = datetime(2020, 1, 1, tzinfo=UTC)
    policy = read("[tool.uv]\nexclude-newer = '2024-06-01'\n", policy=Policy(as_of=asked)).problem
    assert policy.policy.as_of == asked


def test_wheels_only() -> None:
    assert (
        read("[tool.uv]\nno-build = true\n", policy=Policy(sdists=True)).problem.policy.sdists
        is False
    )


@pytest.mark.parametrize("setting", sorted(TOLD))
def test_what_is_not_obeyed_is_named(setting: str) -> None:
    value = "{a = 'b'}" if setting == "pip" else "['a']"
    [warning] = read(f"[tool.uv]\n{setting} = {value}\n").warnings
    assert warning.pointer == f"/tool/uv/{setting}"
    assert "is not obeyed" in warning.message


@pytest.mark.parametrize("setting", sorted(WITHOUT_INFLUENCE))
def test_what_has_no_influence_needs_no_word(setting: str) -> None:
    plain, found = read(""), read(f"[tool.uv]\n{setting} = ['a']\n")
    assert found.problem == plain.problem
    assert not found.warnings


def test_values_that_say_nothing_are_not_told() -> None:
    text = "[tool.uv]\nresolution = 'highest'\nno-binary = false\nno-binary-package = []\n"
    assert not read(text).warnings


def test_an_unknown_setting_is_told() -> None:
    [warning] = read("[tool.uv]\nno-such = 1\n").warnings
    assert warning.pointer == "/tool/uv/no-such"


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("override-dependencies = ['a==']", "/tool/uv/override-dependencies/0"),
        ("override-dependencies = ['a @ https://u:secret@f.example/a']", "/tool/uv/override-dependencies/0"),
        ("override-dependencies = [{package = 'a', dependencies = ['b']}]",
         "/tool/uv/override-dependencies/0"),
        ("exclude-dependencies = [{package = 'a', dependencies = ['b']}]",
         "/tool/uv/exclude-dependencies/0"),
        ("constraint-dependencies = 'a'", "/tool/uv/constraint-dependencies"),
        ("prerelease = 'never'", "/tool/uv/prerelease"),
        ("exclude-newer = 'soon'", "/tool/uv/exclude-newer"),
        ("exclude-newer = 7", "/tool/uv/exclude-newer"),
        ("exclude-newer-package = {a = '3 fortnights'}", "/tool/uv/exclude-newer-package/a"),
        ("environments = ['nope']", "/tool/uv/environments/0"),
        ("environments = ['sys_platform == \"win32\"']", "/tool/uv/environments"),
        ("find-links = ['./wheels']", "/tool/uv/find-links"),
        ("index-url = './index'", "/tool/uv/index-url"),
    ],
)  # fmt: skip
def test_each_fault_has_its_place(text: str, pointer: str) -> None:
    [(place, message)] = faults(f"[tool.uv]\n{text}\n")
    assert place == pointer
    assert "secret" not in message


def test_one_of_the_environments_must_hold() -> None:
    read("[tool.uv]\nenvironments = ['sys_platform == \"win32\"', 'sys_platform == \"linux\"']\n")


def test_indexes_that_are_searched_in_turn_the_default_one_last() -> None:
    text = (
        "[tool.uv]\nindex-url = 'https://main.example'\nextra-index-url = ['https://e.example']\n"
        "find-links = ['https://l.example/list.html']\nallow-insecure-host = ['e.example']\n"
        "[[tool.uv.index]]\nname = 'own'\nurl = 'https://own.example'\n"
        "[[tool.uv.index]]\nname = 'bound'\nurl = 'https://bound.example'\nexplicit = true\n"
    )
    found = read(text)
    assert found.problem.sources == ("default", "own", "bound", "extra-1", "find-links-1")
    assert found.problem.searched == (("own",), ("extra-1",), ("default",))
    assert found.problem.links == ("find-links-1",)
    assert [source.verify_ssl for source in found.sources] == [True, True, True, False, True]
    mixed = read(
        "[tool.uv]\nindex-strategy = 'unsafe-best-match'\n" + text.removeprefix("[tool.uv]\n")
    )
    assert mixed.problem.searched == (("own", "extra-1", "default"),)


def test_without_an_index_only_lists_of_links_are_read() -> None:
    found = read(
        "[tool.uv]\nno-index = true\nfind-links = ['https://l.example/list.html']\n"
    ).problem
    assert found.sources == found.links == ("find-links-1",)
    assert found.places_of("a") == ((),)  # type: ignore[arg-type]


@pytest.mark.parametrize("off", ["no-sources = true", "no-sources-package = ['A']"])
def test_sources_that_are_switched_off(off: str) -> None:
    read(f"[tool.uv]\n{off}\n[tool.uv.sources]\na = {{git = 'https://g.example/a'}}\n")


def test_groups_and_what_they_demand_of_the_python() -> None:
    text = (
        "[dependency-groups]\ndev = ['d']\ntest = ['t']\n[tool.uv]\n"
        "default-groups = ['test']\ndev-dependencies = ['l']\n"
        "dependency-groups = {test = {requires-python = '>=3.11'}}\n"
    )
    found = read(text, dev=True)
    assert [root.name for root in found.problem.roots] == ["a", "b", "l", "t"]
    with pytest.raises(InvalidProblemError, match=r"does not admit Python 3\.11\.7"):
        read(text.replace(">=3.11", ">=3.12"), dev=True)
    read(text.replace(">=3.11", ">=3.12"))  # nobody asks for the group
    every = read(text.replace("['test']", "'all'"), dev=True)
    assert [root.name for root in every.problem.roots] == ["a", "b", "l", "d", "t"]


def test_conflicting_extras_are_not_asked_for_together() -> None:
    text = (
        "[project.optional-dependencies]\ncpu = ['c']\ngpu = ['g']\n"
        "[tool.uv]\nconflicts = [[{extra = 'cpu'}, {extra = 'gpu'}]]\n"
    )
    read(text, extras=("cpu",))
    with pytest.raises(InvalidProblemError, match="extra cpu and extra gpu are not to be asked"):
        read(text, extras=("cpu", "gpu"))


def test_a_uv_toml_beside_takes_the_place_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        PROJECT + "[tool.uv]\noverride-dependencies = ['c==1']\n"
        "[tool.uv.sources]\na = {index = 'own'}\n"
    )
    (tmp_path / "uv.toml").write_text(
        "exclude-dependencies = ['d']\nprerelease = 'allow'\nno-binary = true\n"
        "[[index]]\nname = 'own'\nurl = 'https://own.example'\nexplicit = true\n"
    )
    found = read_problem(tmp_path / "pyproject.toml", Wishes(HERE))
    assert found.problem.overrides == ()
    assert found.problem.removed == {"d"}
    assert found.problem.policy.pre_releases is PreReleases.ALLOW
    assert found.problem.source_of("a") == "own"  # type: ignore[arg-type]
    assert [warning.pointer for warning in found.warnings] == ["/tool/uv", "uv.toml: /no-binary"]
    (tmp_path / "uv.toml").write_text("[[index\n")
    with pytest.raises(InvalidProblemError, match=r"the uv\.toml beside it is not TOML"):
        read_problem(tmp_path / "pyproject.toml", Wishes(HERE))
