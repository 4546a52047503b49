from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from dependency_monkey.index.files import FileRow, IndexFile, ProjectPage, parse_sdist, parse_wheel

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


def test_rows_and_files_are_the_same_things() -> None:
    moment = datetime(2025, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    file = IndexFile("x-1.tar.gz", "https://f.example/x", "0" * 64, ">=3", True, "bad", moment, 7,
                     True, "1" * 64)  # fmt: skip
    assert FileRow.of(file).file() == file
    assert FileRow.of(file).uploaded == moment.astimezone(UTC)
    plain = IndexFile("x-1.tar.gz", "https://f.example/x")
    assert FileRow.of(plain).file() == plain
    page = ProjectPage(canonicalize_name("x"), "main", (file, plain))
    assert page.files == (file, plain)
    assert page == ProjectPage(canonicalize_name("x"), "main", rows=page.rows)
    assert repr(page) == "ProjectPage('x', 'main', 2 files)"
