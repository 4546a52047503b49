"""The benchmarks of the real pyperformance."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from statistics import median

import pytest

from pis.interpreter.benchmarks import BENCHMARKS

pytestmark = [pytest.mark.framework, pytest.mark.network]


@pytest.mark.parametrize("benchmark", sorted(BENCHMARKS))
def test_each_runs_on_its_own(run, frozen, pyperformance_python: Path, benchmark: str) -> None:
    code, result, stdout = run(
        pyperformance_python,
        "python",
        frozen(pyperformance_python),
        indicator="interpreter",
        benchmark=benchmark,
        reps=2,
    )
    assert (code, result["failure"]) == (0, None)
    assert result["check"]["passed"] is True
    assert len(result["samples"]["values"]) == 2
    assert result["work"] is None
    assert list(json.loads(stdout)["@result"]) == ["elapsed"]
    assert result["framework"]["pyperformance"].startswith("1.14.")
    assert result["framework"]["garbage_collection"] is True


def test_without_pyperformance(run, onnxruntime_python: Path) -> None:
    code, result, _ = run(onnxruntime_python, "python", indicator="interpreter")
    assert code == 3
    assert result["failure"]["reason"] == "import_failed"
    assert "pyperformance cannot be imported" in result["failure"]["message"]


THEIRS = """
import os, sys, pyperformance
folder = os.path.join(os.path.dirname(pyperformance.__file__), "data-files", "benchmarks")
os.execv(sys.executable, [sys.executable, os.path.join(folder, "bm_pickle", "run_benchmark.py"),
    "unpickle", "--worker", "--loops=1", "--warmups=5", "--values=50", "--output", sys.argv[1]])
"""


def test_values_are_those_of_pyperf(run, pyperformance_python: Path, tmp_path: Path) -> None:
    output = tmp_path / "theirs.json"
    subprocess.run(
        [str(pyperformance_python), "-c", THEIRS, str(output)], check=True, capture_output=True
    )
    (benchmark,) = json.loads(output.read_text())["benchmarks"]
    theirs = median(benchmark["runs"][0]["values"])
    _, result, _ = run(
        pyperformance_python, "python", indicator="interpreter", benchmark="unpickle", reps=55
    )
    assert result["framework"]["inner_loops"] == 20
    ours = median(result["samples"]["values"][5:])
    # the same clock around the same loops: a forgotten divisor would be a factor of 20
    assert theirs / 4 < ours < theirs * 4
