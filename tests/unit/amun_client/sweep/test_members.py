from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_client.errors import UsageFaultError
from amun_client.sweep.members import (
    differing_packages,
    framework_of,
    member_from,
    members_in,
    members_of,
    stack_names,
)

PIPFILE_LOCK = (
    '{"_meta": {"requires": {}, "sources": []}, "default": {"numpy": {"version": "==%s"}}}'
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_locks_of_a_folder_are_named_by_their_path(tmp_path: Path) -> None:
    for number, version in ((10, "2.3.0"), (9, "2.2.0"), (1, "2.1.0")):
        write(tmp_path / str(number) / "Pipfile.lock", PIPFILE_LOCK % version)
        write(tmp_path / str(number) / "Pipfile", "[packages]\n")
    write(tmp_path / "numpy-2.0.txt", "numpy==2.0.0\n")
    write(tmp_path / "notes.md", "no lock")
    found = members_in(tmp_path)
    assert [member.name for member in found] == ["1", "9", "10", "numpy-2.0"]
    assert [member.pins["numpy"] for member in found] == ["2.1.0", "2.2.0", "2.3.0", "2.0.0"]
    assert found[0].lock["format"] == "Pipfile.lock"
    assert framework_of(found) == "numpy"


def test_a_folder_without_locks_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "Pipfile", "[packages]\n")
    write(tmp_path / "pyproject.toml", "[project]\n")
    write(tmp_path / "ac.json", "{}")
    with pytest.raises(UsageFaultError, match="no lock in"):
        members_in(tmp_path)


def test_one_lock(tmp_path: Path) -> None:
    member = member_from(write(tmp_path / "requirements.txt", "numpy==2.0.0\nsix==1.16\n"))
    assert (member.name, member.pins) == ("requirements", {"numpy": "2.0.0", "six": "1.16"})


def test_names_tell_what_differs() -> None:
    stacks = [{"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "c": "2"}, {"a": "1", "c": "3"}]
    assert stack_names(stacks) == ["b 1, c 1", "b 2, c 2", "c 3"]
    assert stack_names(stacks, ["c"]) == ["c 1", "c 2", "c 3"]
    assert stack_names([{"a": "1", "d": "1"}, {"a": "1", "d": "2"}], ["a"]) == ["d 1", "d 2"]
    many = [{"a": str(n), "b": "x", "c": "y" * (n % 2)} for n in (1, 1, 2)]
    assert stack_names(many, ["a"]) == ["a 1 #1", "a 1 #2", "a 2"]
    assert stack_names([{"a": "1"}]) == ["stack"]


def test_equal_names_are_told_apart_by_what_else_differs() -> None:
    """Two stacks that differ in nothing that was named: which packages, not which number."""
    base = {"numpy": "2.4.5", "pandas": "3.1.1", "idle": "1"}
    stacks = [
        {**base, "six": "1.16", "tzdata": "2025.1", "z": "1"},
        {**base, "six": "1.17", "tzdata": "2025.1", "z": "2"},
        {**base, "six": "1.17", "tzdata": "2025.2"},
        {**base, "numpy": "2.4.4", "pandas": "3.1.0"},
    ]
    plain = "numpy 2.4.5, pandas 3.1.1"
    assert stack_names(stacks, ["numpy", "pandas"]) == [
        f"{plain} (six 1.16, tzdata 2025.1)",
        f"{plain} (six 1.17, tzdata 2025.1)",
        f"{plain} (six 1.17, tzdata 2025.2)",
        "numpy 2.4.4, pandas 3.1.0",
    ]
    (first, second) = stack_names([base, {**base, "six": "1"}, {**base, "numpy": "1"}], ["numpy"])[
        :2
    ]
    assert (first, second) == ("numpy 2.4.5 (no six)", "numpy 2.4.5 (six 1)")


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from(["1", "2", "3" * 60])),
        min_size=1,
        max_size=12,
    )
)
def test_names_are_unique_and_short(stacks: list[dict[str, str]]) -> None:
    names = stack_names(stacks, ["a", "b"])
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 128


def test_stacks_of_an_answer_bring_their_locks() -> None:
    files = {"Pipfile": "[packages]", "Pipfile.lock": PIPFILE_LOCK % "2.1.0"}
    entries = [
        {"stack": {"numpy": "2.1.0"}, "lock": files},
        {"stack": {"numpy": "2.0.0"}, "lock": {"requirements.txt": "numpy==2.0.0\n"}},
    ]
    found = members_of(entries)
    assert [member.name for member in found] == ["numpy 2.1.0", "numpy 2.0.0"]
    assert [member.lock["format"] for member in found] == ["Pipfile.lock", "requirements.txt"]
    assert found[0].document() == {"name": "numpy 2.1.0", "lock": found[0].lock}


def test_differing_packages() -> None:
    assert differing_packages([{"a": "1", "b": "1"}, {"a": "1", "c": "1"}]) == ["b", "c"]


def test_a_framework_is_guessed_only_where_all_agree() -> None:
    entries = [
        {"stack": {"numpy": "2.1.0"}, "lock": {"requirements.txt": "numpy==2.1.0\n"}},
        {"stack": {"torch": "2.0"}, "lock": {"requirements.txt": "torch==2.0\n"}},
    ]
    assert framework_of(members_of(entries)) is None
