"""The catalogue as the service reads it."""

from __future__ import annotations

import ast
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
    assert matmul["frameworks"] == ["jax", "numpy", "onnxruntime", "tensorflow", "torch"]
    assert matmul["flops"]["formula"] == "2 n^3 - n^2"
    assert matmul["stability"] == "stable"
    assert re.fullmatch("[0-9a-f]{64}", matmul["digest"])
    size, dtype, device, reps = matmul["parameters"]
    assert (size["name"], size["type"], size["default"]) == ("matrix_size", "integer", 512)
    assert (size["minimum"], size["maximum"], size["unit"]) == (1, 65536, "1")
    assert dtype["choices"] == ["float16", "bfloat16", "float32", "float64", "tf32", "int8"]
    assert dtype["choices_by_framework"]["numpy"] == ["float16", "float32", "float64"]
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
        assert declared.work is None or declared.work(parameters) > 0
        for preset in declared.presets.values():
            assert set(preset) <= set(parameters)
            assert declared.check(preset, {})[1] == []
        assert catalogue.frameworks(name)
        for framework in catalogue.frameworks(name):
            workload = catalogue.workload(name, framework)
            assert workload.framework == framework
            assert workload.module
            assert workload.distributions or framework == "python"
            known = {parameter.name: parameter for parameter in declared.parameters}
            for parameter, choices in workload.choices.items():
                assert set(choices) < set(known[parameter].choices)
                assert known[parameter].default in choices
            for together in workload.impossible:
                assert together.faults(parameters) == []
                for parameter, values in together.when.items():
                    possible = workload.choices.get(parameter, known[parameter].choices)
                    assert set(values) <= set(possible)


def test_the_whole_catalogue_is_json() -> None:
    assert json.loads(json.dumps(catalogue.indicators())) == catalogue.indicators()


def test_check_fills_and_normalises() -> None:
    parameters, faults = catalogue.check("matmul", "torch", {"matrix_size": "64"})
    assert faults == []
    assert parameters == {"matrix_size": 64, "dtype": "float32", "device": "cpu", "reps": 100}


@pytest.mark.parametrize(
    ("name", "framework", "parameters", "fault"),
    [
        ("matmull", "numpy", {}, ("name", "no indicator 'matmull'; known: allreduce")),
        (
            "matmul",
            "mxnet",
            {},
            (
                "framework",
                "matmul has no framework 'mxnet'; known: jax, numpy, onnxruntime, tensorflow, torch",
            ),
        ),
        ("matmul", "numpy", {"device": "cuda"}, ("device", "'cuda' is not one of cpu")),
        ("matmul", "numpy", {"matrix_size": 0}, ("matrix_size", "0 is less than 1")),
        ("../pis", "numpy", {}, ("name", "no indicator '../pis'; known: allreduce")),
    ],
)
def test_faults(name: str, framework: str, parameters: dict, fault: tuple[str, str]) -> None:
    found, faults = catalogue.check(name, framework, parameters)
    (first,) = faults
    assert first[0] == fault[0]
    assert first[1].startswith(fault[1])
    assert fault[0] not in found


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "matmul"])
@pytest.mark.parametrize("framework", ["tensorflow", "torch"])
def test_studies_of_the_prior_system_can_be_repeated(name: str, framework: str) -> None:
    (entry,) = [entry for entry in catalogue.indicators() if entry["name"] == name]
    preset = entry["presets"][f"thoth-{framework}"]
    values, faults = catalogue.check(name, framework, preset)
    assert faults == []
    assert {key: values[key] for key in preset} == preset
    reps = {("matmul", "tensorflow"): 50, ("matmul", "torch"): 2000}
    assert preset["reps"] == reps.get((name, framework), 80)
    assert (preset["dtype"], preset["device"]) == ("float32", "cpu")


def test_values_that_cannot_be_had_together() -> None:
    channels_first = {"data_format": "NCHW"}
    assert catalogue.check("conv2d", "tensorflow", channels_first)[1] == [
        ("data_format", "TensorFlow convolves NCHW on GPUs only")
    ]
    assert catalogue.check("conv2d", "tensorflow", {**channels_first, "device": "cuda"})[1] == []
    assert catalogue.check("conv2d", "torch", channels_first)[1] == []
    (conv2d,) = [entry for entry in catalogue.indicators() if entry["name"] == "conv2d"]
    assert {
        "parameter": "data_format",
        "when": {"data_format": ["NCHW"], "device": ["cpu"]},
        "why": "TensorFlow convolves NCHW on GPUs only",
    } in conv2d["impossible"]["tensorflow"]


def test_contradictions_wait_until_each_value_is_right() -> None:
    large = {"filter_height": 900, "padding": "VALID"}
    assert [name for name, _ in catalogue.check("conv2d", "torch", large)[1]] == ["filter_height"]
    faults = catalogue.check("conv2d", "torch", {**large, "batch": 0})[1]
    assert [name for name, _ in faults] == ["batch"]


def test_the_digest_of_an_indicator_covers_what_it_imports() -> None:
    conv2d = catalogue.reached({"conv2d/on_torch.py"})
    assert {"convolution/reference.py", "freivalds.py", "on_torch.py", "work.py"} <= conv2d
    assert not {path for path in conv2d if path.startswith("matmul")}
    assert catalogue.reached({"work.py"}) == {"work.py"}


def test_every_import_of_ours_has_the_form_that_digests_see() -> None:
    for path in catalogue.files():
        text = Path(catalogue.folder(), path).read_text()
        found = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pis"
            for alias in node.names
            if node.col_offset == 0
        }
        seen = {
            f"{module}.{name}"
            for module, names in catalogue._IMPORT.findall(text)
            for name in re.findall(r"\w+", names)
        }
        assert found == seen, path


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
        "assert not {'jax', 'numpy', 'onnxruntime', 'tensorflow', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=catalogue.folder() + "/..",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
