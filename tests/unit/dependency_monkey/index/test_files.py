from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from dependency_monkey.index.files import (
    Entry,
    IndexFile,
    ProjectPage,
    entry_of,
    file_of,
    moment,
    parse_sdist,
    parse_wheel,
)

PARTS = st.sampled_from(
    ["thing", "Some_Name", "a__b", "1.0", "1.0+x.y", "2!1rc1", "one", "1", "2b", "py3", "cp311.cp312",
     "py2.py3", "none", "abi3", "any", "manylinux_2_17_x86_64.manylinux2014_x86_64", "", "..", "é"]
)  # fmt: skip


@given(st.lists(PARTS, min_size=3, max_size=7))
def test_wheel_names_are_read_as_packaging_reads_them(parts: list[str]) -> None:
    filename = "-".join(parts) + ".whl"
    found = parse_wheel(filename)
    try:
        expected = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        expected = None
    if not filename.isascii():
        return  # never on a page: pages leave such names out
    assert (
        None if found is None else (found.name, found.version, found.build, found.tags)
    ) == expected


@given(st.lists(PARTS, min_size=1, max_size=4), st.sampled_from([".tar.gz", ".zip", ".egg", ""]))
def test_sdist_names_are_read_as_packaging_reads_them(parts: list[str], suffix: str) -> None:
    filename = "-".join(parts) + suffix
    try:
        expected = parse_sdist_filename(filename)
    except InvalidSdistFilename:
        expected = None
    assert parse_sdist(filename) == expected


@pytest.mark.parametrize("name", ["x", "x-1.0.exe", "x-1.0-py3-none-any.whl.metadata", "-.whl"])
def test_other_names_are_no_files_of_a_version(name: str) -> None:
    assert parse_sdist(name) is None
    assert parse_wheel(name) is None
    assert IndexFile(name, "https://f.example/x").version_for("x") is None


def test_a_file_belongs_to_one_project() -> None:
    wheel = IndexFile("Some_Name-1.0-py3-none-any.whl", "https://f.example/x")
    assert str(wheel.version_for("some-name")) == "1.0"
    assert wheel.version_for("some") is None
    sdist = IndexFile("some-name-2.0.tar.gz", "https://f.example/x")
    assert str(sdist.version_for("some-name")) == "2.0"
    assert sdist.version_for("some") is None


def test_entries_and_files_are_the_same_things() -> None:
    when = datetime(2025, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    file = IndexFile("x-1.tar.gz", "https://f.example/x", "0" * 64, ">=3", True, "bad", when, 7,
                     True, "1" * 64)  # fmt: skip
    assert file_of(entry_of(file), "") == file
    assert entry_of(file).upload_time == when.astimezone(UTC).isoformat()
    plain = IndexFile("x-1.tar.gz", "https://f.example/x")
    assert file_of(entry_of(plain), "") == plain
    assert set(to_builtins(entry_of(plain))) == {"filename", "url"}
    told = IndexFile("x-1.tar.gz", "https://f.example/x", metadata_apart=False)
    assert file_of(entry_of(told), "") == told
    page = ProjectPage(canonicalize_name("x"), "main", (file, plain))
    assert page.files == (file, plain)
    assert page == ProjectPage(canonicalize_name("x"), "main", entries=page.entries)
    assert repr(page) == "ProjectPage('x', 'main', 2 files)"


def test_what_is_no_time_is_none() -> None:
    for text in (None, "", "soon", 7, "2025-13-01"):
        assert moment(text) is None
    assert moment("2025-01-02") == datetime(2025, 1, 2, tzinfo=UTC)
    assert moment("2025-01-02T03:04:05.6Z") == datetime(2025, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


@pytest.mark.parametrize("demand", [7, ["x"], ">" * 600])
def test_a_demand_that_is_none_is_fulfilled_by_nobody(demand: object) -> None:
    file = file_of(Entry("x-1.zip", "https://f.example/x", requires_python=demand), "")
    assert file is not None
    assert str(file.requires_python).startswith("refused")
