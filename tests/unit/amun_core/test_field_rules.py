"""What an engine could not do is refused at the door, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from amun_core.errors import InvalidSpecificationError
from amun_core.normalisation import parse_specification


def faults(**fields: Any) -> dict[str, str]:
    try:
        parse_specification({"script": "print(1)", **fields}, surface="v1")
    except InvalidSpecificationError as error:
        return {fault.pointer: fault.message for fault in error.faults}
    return {}


def files(*paths: str) -> list[dict[str, str]]:
    return [{"path": path, "content": ""} for path in paths]


@pytest.mark.parametrize(
    "paths",
    [
        ["a", "b/c", "b/d", "./e", "b/e/./f", "a.b", "ab/c", "x" * 255],
        ["/".join(["d" * 100] * 10)],
        ["\u00fcn/\u4e2d"],
    ],
)
def test_good_paths_pass(paths: list[str]) -> None:
    assert faults(files=files(*paths)) == {}


@pytest.mark.parametrize(
    ("paths", "at", "words"),
    [
        (["a", "a/b"], 1, "lies below 'a', which is a file too"),
        (["a/b/c/d", "a/b"], 0, "lies below 'a/b'"),
        (["./a", "a/./b"], 1, "lies below 'a'"),
        (["a", "./a"], 1, "named twice"),
        (["a//b", "a/b"], 1, "named twice"),
        (["a", "a"], 1, "named twice"),
        (["."], 0, "names a folder"),
        (["./"], 0, "names a folder"),
        (["a/."], 0, "names a folder"),
        (["/"], 0, "names a folder"),
        ([".."], 0, "names a folder"),
        (["a/../b"], 0, "names a folder"),
        (["a/"], 0, "names a folder"),
        (["a\nb"], 0, "breaks a line"),
        (["x" * 256], 0, "longer than 255 bytes"),
        (["\u00e9" * 128], 0, "longer than 255 bytes"),
        (["a/" + "x" * 300 + "/b"], 0, "longer than 255 bytes"),
        (["/".join(["\u4e2d" * 80] * 5)], 0, "longer than 1024 bytes"),
    ],
)
def test_bad_paths_are_refused(paths: list[str], at: int, words: str) -> None:
    found = faults(files=files(*paths))
    assert words in found[f"/files/{at}/path"]


@pytest.mark.parametrize("path", ["", "a\x00b", "\ud800"])
def test_no_path_at_all_is_refused(path: str) -> None:
    assert faults(files=files(path))


@pytest.mark.parametrize("stage", ["run", "build"])
@pytest.mark.parametrize(
    ("key", "value", "least"),
    [
        ("memory", "1Ki", "6Mi"),
        ("memory", "6291455", "6Mi"),
        ("memory", "6M", "6Mi"),
        ("memory", "1", "6Mi"),
        ("cpu", "1m", "10m"),
        ("cpu", "9m", "10m"),
        ("cpu", "0.009", "10m"),
    ],
)
def test_less_than_an_engine_takes_is_refused(stage: str, key: str, value: str, least: str) -> None:
    found = faults(**{stage: {"requests": {key: value}}})
    assert f"is less than {least}" in found[f"/{stage}/requests/{key}"]


@pytest.mark.parametrize(("key", "value"), [("memory", "6Mi"), ("cpu", "10m"), ("cpu", "0.01")])
def test_the_least_passes(key: str, value: str) -> None:
    assert faults(run={"requests": {key: value}}) == {}


def test_variables_that_no_program_can_be_given_are_refused() -> None:
    long = [{"name": "A", "value": "\U0001f600" * 32768}]
    assert "longer than 131071 bytes" in faults(environment=long)["/environment/0/value"]
    many = [{"name": f"V{n}", "value": "x" * 32768} for n in range(33)]
    assert "exceed 1048576 bytes" in faults(environment=many)["/environment"]
    assert faults(environment=many[:31]) == {}
    assert faults(environment=[{"name": "A", "value": "a\x00b"}])
