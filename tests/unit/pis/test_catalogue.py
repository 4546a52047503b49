"""The catalogue as the service reads it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pis import catalogue


def test_matmul_is_described() -> None:
    (matmul,) = [entry for entry in catalogue.indicators() if entry["name"] == "matmul"]
    assert matmul["title"] == "PiMatmul"
    assert matmul["frameworks"] == ["numpy", "tensorflow", "torch"]
    assert matmul["flops"]["formula"] == "2 n^3 - n^2"
    assert matmul["stability"] == "stable"
    assert re.fullmatch("[0-9a-f]{64}", matmul["digest"])
    size, dtype, device, reps = matmul["parameters"]
    assert (size["name"], size["type"], size["default"]) == ("matrix_size", "integer", 512)
    assert (size["minimum"], size["maximum"], size["unit"]) == (1, 65536, "1")
    assert dtype["choices"] == ["float16", "bfloat16", "float32", "float64"]
    assert dtype["choices_by_framework"] == {"numpy": ["float16", "float32", "float64"]}
    assert device["choices_by_framework"] == {"numpy": ["cpu"]}
    assert reps["default"] == 100


def test_every_indicator_is_whole() -> None:
    names = catalogue.names()
    assert names
    for name in names:
        declared = catalogue.declaration(name)
        assert declared.name == name
        assert declared.stability in ("stable", "canary")
        parameters, faults = declared.check({}, {})
        assert faults == []
        assert declared.work(parameters) >= 0
        assert catalogue.frameworks(name)
        for framework in catalogue.frameworks(name):
            workload = catalogue.workload(name, framework)
            assert workload.framework == framework
            assert workload.module
            assert workload.distributions
            known = {parameter.name: parameter for parameter in declared.parameters}
            for parameter, choices in workload.choices.items():
                assert set(choices) < set(known[parameter].choices)
                assert known[parameter].default in choices


def test_the_whole_catalogue_is_json() -> None:
    assert json.loads(json.dumps(catalogue.indicators())) == catalogue.indicators()


def test_check_fills_and_normalises() -> None:
    parameters, faults = catalogue.check("matmul", "torch", {"matrix_size": "64"})
    assert faults == []
    assert parameters == {"matrix_size": 64, "dtype": "float32", "device": "cpu", "reps": 100}


@pytest.mark.parametrize(
    ("name", "framework", "parameters", "fault"),
    [
        ("matmull", "numpy", {}, ("name", "no indicator 'matmull'; known: matmul")),
        (
            "matmul",
            "jax",
            {},
            ("framework", "matmul has no framework 'jax'; known: numpy, tensorflow, torch"),
        ),
        ("matmul", "numpy", {"device": "cuda"}, ("device", "'cuda' is not one of cpu")),
        ("matmul", "numpy", {"matrix_size": 0}, ("matrix_size", "0 is less than 1")),
        ("../pis", "numpy", {}, ("name", "no indicator '../pis'; known: matmul")),
    ],
)
def test_faults(name: str, framework: str, parameters: dict, fault: tuple[str, str]) -> None:
    found, faults = catalogue.check(name, framework, parameters)
    (first,) = faults
    assert first[0] == fault[0]
    assert first[1].startswith(fault[1])
    assert fault[0] not in found


def test_digest_follows_the_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = catalogue.digest()
    assert re.fullmatch("[0-9a-f]{64}", before)
    assert catalogue.digest() == before
    copy = tmp_path / "pis"
    shutil.copytree(catalogue.folder(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "stale.py").write_text("")
    monkeypatch.setattr(catalogue, "folder", lambda: str(copy))
    assert catalogue.digest() == before
    (copy / "work.py").write_text("# edited\n")
    assert catalogue.digest() != before


def test_reading_the_catalogue_imports_no_framework() -> None:
    program = (
        "import sys, pis.catalogue as c; c.indicators();"
        "assert not {'numpy', 'tensorflow', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=catalogue.folder() + "/..",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
