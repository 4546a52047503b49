"""The suites as the client gets them: from a process, without any package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pis
from pis import catalogue as indicators
from pis.suites import catalogue

NAMES = [
    "deepbench.allreduce.training",
    "deepbench.conv.inference.device",
    "deepbench.conv.inference.server",
    "deepbench.conv.training",
    "deepbench.gemm.inference.device",
    "deepbench.gemm.inference.server",
    "deepbench.gemm.training",
    "deepbench.rnn.inference.device",
    "deepbench.rnn.inference.server",
    "deepbench.rnn.training",
    "deepbench.sparse.inference.device",
    "deepbench.sparse.inference.server",
]


def test_names() -> None:
    assert sorted(suite.name for suite in catalogue.declared()) == NAMES


def test_process_prints_them_all(tmp_path: Path) -> None:
    start = Path(pis.__file__).with_name("__main__.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(start), "suites"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == catalogue.suites()


def test_suites_are_no_indicator() -> None:
    assert "suites" not in indicators.names()


def test_every_suite_is_whole() -> None:
    for suite in catalogue.suites():
        assert suite["schema"] == "amun.suite/1"
        assert suite["name"].startswith(f"deepbench.{suite['kernel']}.")
        assert suite["source"]["commit"] == "da81ba7820739e2e506dc27f382d15be5479f98f"
        assert all(suite[key] for key in ("title", "summary", "reported", "precision", "formulas"))
        keys = {tuple(case["parameters"]) for case in suite["cases"]}
        assert len(keys) == 1
        for case in suite["cases"]:
            assert case["repeats"] >= 10
            # equal parameters and nothing else make an equal name
            first = case["same_as"]
            if first is not None:
                assert suite["cases"][first]["parameters"] == case["parameters"]
        shapes = {json.dumps(case["parameters"]) for case in suite["cases"]}
        assert len(shapes) == suite["figures"]["distinct"]
