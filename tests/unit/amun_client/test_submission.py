from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.submission import Overrides, build, parse_parameters, read_specification

LOCK = "numpy==2.4.6 --hash=sha256:" + "0" * 64 + "\n"


def parsed(text: str) -> dict[str, Any]:
    return read_specification("-", io.StringIO(text))[0]


def test_precision_is_laid_over_a_number_of_runs(tmp_path: Path) -> None:
    file = {"runs": 6, "precision": {"maximum_seconds": 60}}
    asked = Overrides(precision="1%", max_runs=100, max_time="5m")
    assert build({"batch_size": 6}, tmp_path, asked) == {
        "precision": {"relative_half_width": 0.01, "maximum_runs": 100, "maximum_seconds": 300}
    }
    assert build(file, tmp_path, Overrides(precision="1%")) == {
        "precision": {"relative_half_width": 0.01, "maximum_seconds": 60}
    }
    assert build(file, tmp_path, Overrides(runs=8)) == {"runs": 8}
    assert build({}, tmp_path, Overrides(runs=8, precision="1%")) == {
        "runs": 8,
        "precision": {"relative_half_width": 0.01},
    }


def test_yaml_and_json_say_the_same() -> None:
    assert parsed("runs: 3\nlabels: {a: b}\n") == parsed('{"runs": 3, "labels": {"a": "b"}}')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a specification is a mapping, not empty"),
        ("- a", "a specification is a mapping, not a list"),
        ("{", "not valid JSON"),
        ("a: [", "not valid YAML"),
        ("labels: {since: 2024-01-01}", "/labels/since: 2024-01-01 is a date in YAML"),
        ("labels: {1: a}", "/labels: the key 1 is not text"),
    ],
)
def test_what_is_no_specification(text: str, message: str) -> None:
    with pytest.raises(UsageFaultError, match=message):
        parsed(text)


def test_a_lock_file_is_read_beside_the_specification(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(LOCK)
    (tmp_path / "inspection.yaml").write_text("python: {lock_file: requirements.txt}\nruns: 2\n")
    document, folder = read_specification(str(tmp_path / "inspection.yaml"), io.StringIO())
    assert build(document, folder, Overrides()) == {
        "python": {"lock": {"format": "requirements.txt", "content": LOCK}},
        "runs": 2,
    }


def test_a_script_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("print(1)\n")
    assert build({"script_file": "mine.py"}, tmp_path, Overrides()) == {
        "script": "print(1)\n",
        "script_name": "mine.py",
    }


def test_no_file_is_needed(tmp_path: Path) -> None:
    lock = tmp_path / "Pipfile.lock"
    lock.write_text('{"default": {}}')
    wanted = Overrides(
        lock=lock,
        indicator="matmul",
        framework="tensorflow",
        parameters=["matrix_size=512", "dtype=float32", "check=true", "name=a=b"],
        engine="process",
        runs=6,
        labels=["team=a"],
        base="image:1",
    )
    assert build({}, tmp_path, wanted) == {
        "python": {"lock": {"format": "Pipfile.lock", "content": '{"default": {}}'}},
        "indicator": {
            "name": "matmul",
            "framework": "tensorflow",
            "parameters": {"matrix_size": 512, "dtype": "float32", "check": True, "name": "a=b"},
        },
        "engine": "process",
        "runs": 6,
        "labels": {"team": "a"},
        "base": "image:1",
    }


def test_options_go_over_the_file(tmp_path: Path) -> None:
    file = {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"a": 1, "b": 2}},
        "labels": {"x": "1"},
        "batch_size": 3,
    }
    wanted = Overrides(parameters=["b=3"], labels=["y=2"], runs=7)
    assert build(file, tmp_path, wanted) == {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"a": 1, "b": 3}},
        "labels": {"x": "1", "y": "2"},
        "runs": 7,
    }
    assert file["batch_size"] == 3


def test_a_preset_goes_to_the_service_by_name(tmp_path: Path) -> None:
    file = {"indicator": {"name": "matmul", "framework": "numpy", "preset": "old"}}
    assert build(file, tmp_path, Overrides()) == file
    assert build(file, tmp_path, Overrides(preset="new"))["indicator"]["preset"] == "new"
    with pytest.raises(UsageFaultError, match="--indicator is missing"):
        build({}, tmp_path, Overrides(preset="new"))


@pytest.mark.parametrize(
    ("document", "overrides", "message"),
    [
        ({}, Overrides(indicator="matmul"), "--framework is missing"),
        ({}, Overrides(parameters=["a"]), "-p 'a': expected NAME=VALUE"),
        ({}, Overrides(labels=["=b"]), "--label '=b': expected NAME=VALUE"),
        ({"python": {"lock_file": 3}}, Overrides(), "/python/lock_file: expected the path"),
        ({"python": {"lock_file": "none.txt"}}, Overrides(), "none.txt: No such file"),
        ({"python": {"lock_file": "a", "lock": {}}}, Overrides(), "has python.lock already"),
    ],
)
def test_what_cannot_be_meant(
    tmp_path: Path, document: dict[str, Any], overrides: Overrides, message: str
) -> None:
    with pytest.raises(UsageFaultError, match=message):
        build(document, tmp_path, overrides)


def test_parameters_are_json_scalars_or_text() -> None:
    assert parse_parameters(["a=1", "b=1.5", "c=null", "d=[1]", "e="]) == {
        "a": 1,
        "b": 1.5,
        "c": None,
        "d": "[1]",
        "e": "",
    }
