"""The installed set is read and compared with the lock."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from pis import installed
from pis.installed import Distribution


def add(folder: Path, name: str, version: str, kind: str = "dist-info") -> None:
    entry = folder / f"{name}-{version}.{kind}"
    entry.mkdir(parents=True)
    file = entry / ("METADATA" if kind == "dist-info" else "PKG-INFO")
    file.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: prose\n")


def differences(folders: list[Path], expected: list[tuple[str, str]]) -> list[str]:
    found = installed.distributions([str(folder) for folder in folders])
    return installed.differences(expected, ["pip", "setuptools", "wheel"], found)


def test_equal_sets_have_no_difference(tmp_path: Path) -> None:
    add(tmp_path, "numpy", "2.4.6")
    add(tmp_path, "Typing_Extensions", "4.0")
    add(tmp_path, "PyYAML", "5.4", "egg-info")
    add(tmp_path, "pip", "23.0")
    expected = [("NumPy", "2.4.6"), ("typing.extensions", "4.0.0"), ("pyyaml", "5.4")]
    assert differences([tmp_path], expected) == []


def test_every_difference_is_named(tmp_path: Path) -> None:
    add(tmp_path, "numpy", "2.4.5")
    add(tmp_path, "stray", "1.0")
    assert differences([tmp_path], [("numpy", "2.4.6"), ("scipy", "1.17.0")]) == [
        "numpy: lock has 2.4.6, installed is 2.4.5",
        "scipy: lock has 1.17.0, not installed",
        "stray: not in the lock, installed is 1.0",
    ]


def test_two_versions_side_by_side_are_a_difference(tmp_path: Path) -> None:
    add(tmp_path, "numpy", "2.4.6")
    add(tmp_path, "numpy", "2.4.5")
    assert differences([tmp_path], [("numpy", "2.4.6")]) == [
        "numpy: lock has 2.4.6, installed are 2.4.5 and 2.4.6"
    ]


def test_first_folder_of_the_path_counts(tmp_path: Path) -> None:
    add(tmp_path / "first", "numpy", "2.4.6")
    add(tmp_path / "second", "numpy", "1.0")
    folders = [tmp_path / "first", tmp_path / "second", tmp_path / "absent"]
    assert differences(folders, [("numpy", "2.4.6")]) == []
    folders.reverse()
    assert differences(folders, [("numpy", "2.4.6")]) == ["numpy: lock has 2.4.6, installed is 1.0"]


def test_metadata_counts_and_not_the_name_of_its_folder(tmp_path: Path) -> None:
    add(tmp_path, "numpy", "2.4.6")
    (tmp_path / "numpy-2.4.6.dist-info" / "METADATA").write_text("Name: numpy\nVersion: 9.9\n")
    assert differences([tmp_path], [("numpy", "2.4.6")]) == [
        "numpy: lock has 2.4.6, installed is 9.9"
    ]


def test_lost_metadata_falls_back_to_the_name_of_its_folder(tmp_path: Path) -> None:
    add(tmp_path, "numpy", "2.4.6")
    (tmp_path / "numpy-2.4.6.dist-info" / "METADATA").unlink()
    assert differences([tmp_path], [("numpy", "2.4.6")]) == []
    (tmp_path / "odd.egg-info").write_text("")
    assert differences([tmp_path], [("numpy", "2.4.6")]) == [
        "odd: not in the lock, installed is unknown"
    ]


@pytest.mark.parametrize(
    ("locked", "found", "same"),
    [
        ("2.13.0", "2.13.0+cpu", True),
        ("2.13.0+cpu", "2.13.0+cpu", True),
        ("2.13.0+cpu", "2.13.0", False),
        ("2.13.0+cu121", "2.13.0+cpu", False),
        ("1.0", "1.0.0", True),
        ("1.0rc1", "1.0.RC-1", True),
        ("1.0", "1.0.post1", False),
        ("1.0-1", "1.0.post1", True),
        ("0!1", "1", True),
        ("1!1", "1", False),
        ("2004d", "2004d", True),
    ],
)
def test_same_version(locked: str, found: str, same: bool) -> None:
    assert installed.same_version(locked, found) is same


RELEASES = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)
VERSIONS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "v", "1!"]),
        RELEASES,
        st.sampled_from(["", "a1", "-beta.2", "rc", ".c3"]),
        st.sampled_from(["", ".post2", "-1", "rev3"]),
        st.sampled_from(["", ".dev0", "dev4"]),
        st.sampled_from(["", "+cpu", "+Ubuntu-1"]),
    ),
)


@given(VERSIONS, VERSIONS)
def test_versions_are_equal_exactly_as_in_pep_440(one: str, other: str) -> None:
    same = installed.canonical_version(one) == installed.canonical_version(other)
    assert same == (Version(one) == Version(other))


@given(VERSIONS)
def test_any_spelling_is_the_same_version(version: str) -> None:
    assert installed.same_version(version, str(Version(version)))


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True))
def test_names_are_normalised_as_in_pep_503(name: str) -> None:
    assert installed.canonical_name(name) == canonicalize_name(name)


def test_this_environment_reads_as_importlib_reads_it() -> None:
    expected = {
        (canonicalize_name(found.metadata["Name"]), found.version)
        for found in importlib.metadata.distributions()
    }
    found = {(entry.name, entry.version) for entry in installed.distributions()}
    assert found == expected


def test_imported_module_must_be_the_installed_one(tmp_path: Path) -> None:
    site = str(tmp_path)
    torch = Distribution("torch", "2.13.0+cpu", site)
    assert installed.misplaced(torch, "2.13.0+cpu", f"{site}/torch/__init__.py") == []
    assert installed.misplaced(torch, "", "") == []
    assert installed.misplaced(torch, "2.12.0", "/elsewhere/torch/__init__.py") == [
        "torch: installed is 2.13.0+cpu, the imported module says 2.12.0",
        f"torch: installed in {site}, imported from /elsewhere/torch/__init__.py",
    ]


def test_find_takes_the_first_of_the_path() -> None:
    found = [Distribution("tensorflow-cpu", "2.21.0", "/a"), Distribution("tensorflow", "1", "/b")]
    assert installed.find(["tensorflow", "TensorFlow_CPU"], found) == found[0]
    assert installed.find(["torch"], found) is None
