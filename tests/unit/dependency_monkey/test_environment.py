from __future__ import annotations

import sys
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.tags import InvalidTag, Tag, parse_tag, sys_tags

import dependency_monkey.environment as module
from dependency_monkey.environment import TargetEnvironment, is_this_interpreter


def takes(environment: TargetEnvironment, tag: str) -> bool:
    return environment.place_for(tag) is not None


def _without_plain_linux(tags: Iterable[Tag]) -> list[Tag]:
    """Where `linux_x86_64` stands is the one thing in which uv and pip differ."""
    return [tag for tag in tags if not tag.platform.startswith("linux_")]


@pytest.mark.skipif(
    sys.platform != "linux" or sys.implementation.name != "cpython", reason="CPython on Linux only"
)
def test_the_tags_of_this_interpreter_are_those_of_packaging() -> None:
    here = TargetEnvironment.of_this_host()
    expected = list(dict.fromkeys(sys_tags()))
    assert set(here.tags) == set(expected)
    assert _without_plain_linux(here.tags) == _without_plain_linux(expected)
    assert is_this_interpreter(here)
    assert not is_this_interpreter(TargetEnvironment("3.7.1"))


def test_musl_is_told_from_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ["linux_x86_64", "musllinux_1_2_x86_64", "musllinux_1_1_x86_64"]
    monkeypatch.setattr(module, "platform_tags", lambda: iter(found))
    here = TargetEnvironment.of_this_host()
    assert (here.architecture, here.libc) == ("x86_64", ("musl", 1, 2))
    monkeypatch.setattr(
        module, "platform_tags", lambda: iter(["linux_riscv64", "manylinux_2_39_riscv64"])
    )
    assert TargetEnvironment.of_this_host().libc == ("glibc", 2, 39)


def test_musl_takes_its_own_wheels() -> None:
    alpine = TargetEnvironment("3.12.1", "x86_64", ("musl", 1, 2))
    assert takes(alpine, "cp312-cp312-musllinux_1_2_x86_64")
    assert takes(alpine, "cp312-cp312-musllinux_1_1_x86_64")
    assert takes(alpine, "cp38-abi3-musllinux_1_0_x86_64")
    assert takes(alpine, "py3-none-any")
    for other in (
        "cp312-cp312-musllinux_1_3_x86_64", "cp312-cp312-musllinux_1_2_aarch64",
        "cp312-cp312-manylinux_2_17_x86_64", "cp311-cp311-musllinux_1_2_x86_64",
    ):  # fmt: skip
        assert not takes(alpine, other), other


@pytest.mark.parametrize(
    ("tag", "taken"),
    [
        ("cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64", True),
        ("cp39-cp39-manylinux2014_x86_64", True),
        ("cp39-cp39-manylinux2010_x86_64", True),
        ("cp39-cp39-manylinux1_x86_64", True),
        ("cp39-cp39-manylinux_2_28_x86_64", True),
        ("cp39-cp39-linux_x86_64", True),
        ("cp39-cp39-manylinux_2_29_x86_64", False),
        ("cp36-abi3-manylinux_2_5_x86_64", True),
        ("cp310-abi3-manylinux_2_5_x86_64", False),
        ("cp310-cp310-manylinux_2_17_x86_64", False),
        ("py2.py3-none-any", True),
        ("py39-none-any", True),
        ("py310-none-any", False),
        ("py2-none-any", False),
        ("cp39-none-any", True),
        ("cp39-cp39-macosx_11_0_arm64", False),
        ("cp39-cp39-win_amd64", False),
    ],
)
def test_other_pythons(tag: str, taken: bool) -> None:
    assert takes(TargetEnvironment("3.9.18", "x86_64", ("glibc", 2, 28)), tag) is taken


def test_architectures_have_their_own_oldest_tags() -> None:
    arm = TargetEnvironment("3.11.2", "aarch64", ("glibc", 2, 36))
    assert takes(arm, "cp311-cp311-manylinux_2_17_aarch64")
    assert takes(arm, "cp311-cp311-manylinux2014_aarch64")
    assert not takes(arm, "cp311-cp311-manylinux_2_12_aarch64")
    assert not takes(arm, "cp311-cp311-manylinux2010_aarch64")


def test_the_better_tag_has_the_smaller_place() -> None:
    environment = TargetEnvironment("3.11.2", "x86_64", ("glibc", 2, 36))
    order = ["cp311-cp311-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_17_x86_64",
             "cp311-cp311-manylinux1_x86_64", "cp311-cp311-linux_x86_64",
             "cp311-abi3-manylinux_2_17_x86_64", "cp38-abi3-manylinux_2_17_x86_64",
             "py3-none-manylinux_2_17_x86_64", "py3-none-any"]  # fmt: skip
    places = [environment.tags[Tag(*tag.split("-"))] for tag in order]
    assert places == sorted(places)
    assert [environment.place_for(tag) for tag in order] == places
    assert environment.place_for("py2-none-any") is None


COMPONENTS = [
    ["cp311", "py3", "cp38", "py2", "CP311", "3", ""],
    ["cp311", "abi3", "none", "cp37m", ""],
    ["manylinux_2_17_x86_64", "manylinux2014_x86_64", "any", "win_amd64", "Any", ""],
]
COMPRESSED = st.tuples(
    *(st.lists(st.sampled_from(one), min_size=1, max_size=3).map(".".join) for one in COMPONENTS)
).map("-".join)


@given(COMPRESSED | st.sampled_from(["", "py3", "py3-none", "py3-none-any-any"]))
def test_tags_are_read_as_packaging_does(text: str) -> None:
    environment = TargetEnvironment("3.11.2", "x86_64", ("glibc", 2, 36))
    try:
        accepted = [environment.tags[tag] for tag in parse_tag(text) if tag in environment.tags]
    except InvalidTag:
        accepted = []
    assert environment.place_for(text) == min(accepted, default=None)


def test_markers_are_those_of_the_target() -> None:
    environment = TargetEnvironment("3.9.18", "aarch64", ("musl", 1, 2))
    holds = [
        "python_version == '3.9'", "python_full_version == '3.9.18'", "sys_platform == 'linux'",
        "platform_machine == 'aarch64'", "implementation_name == 'cpython'", "os_name == 'posix'",
        "platform_system == 'Linux'", "platform_python_implementation == 'CPython'",
    ]  # fmt: skip
    for text in holds:
        assert Marker(text).evaluate(dict(environment.markers)), text


def test_another_python() -> None:
    here = TargetEnvironment("3.11.7")
    assert here.with_python("3.12").python_version == "3.12.16"
    assert here.with_python("3.11") is here
    assert here.with_python("3") is here
    assert here.with_python("3.11.2").python_version == "3.11.2"
    assert here.with_python("3.12").python == (3, 12)
