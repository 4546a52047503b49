"""Which file of a version an installer would take: its metadata is that of the version."""

from __future__ import annotations

from itertools import permutations

import pytest
from packaging.requirements import Requirement

from dependency_monkey.index.files import IndexFile, ProjectPage
from dependency_monkey.problem import Problem, Root
from dependency_monkey.sorting import Sorting
from tests.support.crawling import ENVIRONMENT, Pages, versions

PROBLEM = Problem((Root(Requirement("a")),), ENVIRONMENT)


def sorting(*filenames: str) -> Sorting:
    from packaging.utils import canonicalize_name

    files = [IndexFile(name, f"https://f.example/{name}") for name in filenames]
    return Sorting(ProjectPage(canonicalize_name("a"), "main", files), PROBLEM)


@pytest.mark.parametrize(
    "better_first",
    [
        ("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", "a-1-cp311-cp311-manylinux_2_17_x86_64.whl"),
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.whl", "a-1-cp39-abi3-manylinux_2_17_x86_64.whl"),
        ("a-1-cp39-abi3-manylinux_2_17_x86_64.whl", "a-1-py3-none-any.whl"),
        ("a-1-2-py3-none-any.whl", "a-1-1-py3-none-any.whl"),
        ("a-1-10-py3-none-any.whl", "a-1-9-py3-none-any.whl"),
        ("a-1-1b-py3-none-any.whl", "a-1-1a-py3-none-any.whl"),
        ("a-1-0-py3-none-any.whl", "a-1-py3-none-any.whl"),
        # uv's order, which installs; pip has it the other way round
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.whl", "a-1-cp311-cp311-linux_x86_64.whl"),
        ("a-1-cp311-cp311-manylinux1_x86_64.whl", "a-1-9-cp311-cp311-linux_x86_64.whl"),
        ("a-1-cp311-cp311-linux_x86_64.whl", "a-1-cp39-abi3-manylinux_2_28_x86_64.whl"),
        # the tag goes before the build number
        ("a-1-cp311-cp311-linux_x86_64.whl", "a-1-9-py3-none-any.whl"),
        ("a-1-py3-none-any.whl", "a-1-9-cp312-cp312-linux_x86_64.whl"),
    ],
)
def test_the_best_tag_then_the_highest_build(better_first: tuple[str, str]) -> None:
    for order in permutations(better_first):
        [file] = sorting(*order).admissible.values()
        assert file.filename == better_first[0]


def test_a_rebuilt_wheel_defines_its_version() -> None:
    tag = "cp311-cp311-manylinux_2_17_x86_64"
    index = Pages()
    index.add("a", "1.4.0", ["numpy>=1.19"], tag=tag)
    index.add("a", "1.4.0", ["numpy>=1.19,<2"], tag=f"1-{tag}")
    for version in ("1.26", "2.0"):
        index.add("numpy", version)
    found = index.crawl("a")
    assert found.defining[0][0].filename == f"a-1.4.0-1-{tag}.whl"
    assert len(found.files[0][0]) == 2
    assert versions(found, "numpy") == ["1.26"]


def test_files_of_others_and_names_that_are_none_are_passed_over() -> None:
    found = sorting("b-1-py3-none-any.whl", "a-x-py3-none-any.whl", "a-1.egg", "a-b-1.tar.gz")
    assert not found.admissible
    assert not found.left_out()


def test_all_files_of_a_version_are_kept() -> None:
    names = ["a-1.0-py3-none-any.whl", "a-1.tar.gz", "a-1-cp311-cp311-win_amd64.whl"]
    [entries] = sorting(*names).every.values()
    assert [entry.filename for entry in entries] == names
