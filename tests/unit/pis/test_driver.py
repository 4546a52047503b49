"""The whole run in a fresh process: order, documents, exit codes."""

from __future__ import annotations

import importlib.metadata
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pis import driver, installed

INSTALLED = [
    [found.metadata["Name"], found.version] for found in importlib.metadata.distributions()
]


def test_a_completed_run(drive, matmul) -> None:
    before = time.time()
    ended = drive(indicator=matmul(), expected=INSTALLED)
    assert ended.code == 0, ended.stderr
    result = ended.result
    assert (result["schema"], result["outcome"]) == ("amun.run/1", "completed")
    assert result["failure"] is None
    assert (result["inspection_id"], result["run_index"], result["seed"]) == ("inspection-1", 4, 11)
    assert result["indicator"] == {"name": "matmul", "framework": "numpy", "version": "1"}
    samples = result["samples"]
    assert samples["unit"] == "s"
    assert len(samples["values"]) == 30
    assert all(0 < value < 1 for value in samples["values"])
    assert before <= result["started_at"] <= samples["first_sample_at"] <= result["ended_at"]
    assert samples["leading"] == 5
    # 32 x 32 takes microseconds: several products are timed together
    assert samples["loops"] > 1
    assert result["work"] == {
        "flops_per_iteration": 64512,
        "least_bytes_per_iteration": 3 * 32 * 32 * 4,
        "formula": "2 n^3 - n^2",
    }
    steady = sorted(samples["values"][samples["warmups"] :])
    middle = len(steady) // 2
    median = steady[middle] if len(steady) % 2 else (steady[middle - 1] + steady[middle]) / 2
    assert result["@result"]["elapsed"] == pytest.approx(median * 1e3, rel=1e-12)
    assert result["@result"]["rate"] == pytest.approx(64512 / median / 1e9, rel=1e-12)
    assert result["check"]["passed"] is True
    assert 0 <= result["check"]["maximum_error"] <= result["check"]["tolerance"]
    assert result["threads"]["requested"] == 1
    assert result["threads"]["environment"]["OPENBLAS_NUM_THREADS"] == "1"
    assert {"openblas"} <= {pool["library"] for pool in result["threads"]["pools"]}
    assert {pool["threads"] for pool in result["threads"]["pools"]} == {1}
    runtime = result["runtime"]
    assert runtime["component_version"] == np.__version__
    assert runtime["component_path"] == np.__file__
    assert runtime["import_seconds"] > 0
    assert 0 < runtime["timer_resolution"] < 1e-3
    assert result["usage"]["ru_utime"] > 0
    assert result["peak_rss_bytes"] > 10_000_000
    assert result["before"]["cpu_ticks"]["idle"] <= result["after"]["cpu_ticks"]["idle"]
    assert result["os_release"]["id"]


def test_stdout_holds_the_published_object_and_nothing_else(drive, matmul) -> None:
    ended = drive(indicator=matmul())
    published = json.loads(ended.stdout)
    assert list(published) == ["name", "component", "@parameters", "@result"]
    assert (published["name"], published["component"]) == ("PiMatmul", "numpy")
    assert published["@parameters"] == {
        "matrix_size": 32,
        "dtype": "float32",
        "device": "cpu",
        "reps": 30,
    }
    assert published["@result"] == ended.result["@result"]
    assert all(math.isfinite(value) for value in published["@result"].values())


def test_what_is_timed_may_print(drive, matmul, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os; atexit.register(os.write, 1, b'')\nprint('first words')\n"
    )
    ended = drive(indicator=matmul(), environment={"PYTHONPATH": str(tmp_path)})
    # said before the driver began: the only thing it cannot catch
    first, published = ended.stdout.splitlines()
    assert first == "first words"
    assert json.loads(published)["name"] == "PiMatmul"


def test_a_changed_environment_is_refused_before_the_import(drive, matmul, tmp_path) -> None:
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text("raise SystemExit('imported')\n")
    expected = [[name, "0.1" if name == "numpy" else version] for name, version in INSTALLED]
    ended = drive(
        indicator=matmul(),
        expected=[*expected, ["absent-package", "1.0"]],
        environment={"PYTHONPATH": str(tmp_path)},
    )
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.result["outcome"] == "failed"
    assert ended.result["failure"]["reason"] == "environment_changed"
    assert ended.result["failure"]["differences"] == [
        "absent-package: lock has 1.0, not installed",
        f"numpy: lock has 0.1, installed is {np.__version__}",
    ]
    assert ended.result["samples"]["values"] == []
    assert "numpy: lock has 0.1" in ended.stderr


def test_allowed_extras_are_no_difference(drive, matmul) -> None:
    expected = [pair for pair in INSTALLED if pair[0] not in ("pip", "pytest")]
    extra = [pair[0] for pair in INSTALLED if pair[0] in ("pip", "pytest")]
    assert drive(indicator=matmul(), expected=expected, allowed_extra=extra).code == 0
    refused = drive(indicator=matmul(), expected=expected)
    assert refused.code == 3
    assert "pytest: not in the lock, installed is" in refused.result["failure"]["message"]


def test_another_module_of_the_same_name_is_refused(drive, matmul, tmp_path) -> None:
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text(f"__version__ = {np.__version__!r}\n")
    ended = drive(indicator=matmul(), expected=INSTALLED, environment={"PYTHONPATH": str(tmp_path)})
    assert ended.code == 3
    assert ended.result["failure"]["reason"] == "environment_changed"
    site = Path(np.__file__).resolve().parent.parent
    assert ended.result["failure"]["differences"] == [
        f"numpy: installed in {site}, imported from {tmp_path}/numpy/__init__.py"
    ]


def test_a_framework_that_cannot_be_imported(drive, matmul, tmp_path) -> None:
    (tmp_path / "numpy.py").write_text("import no_such_module\n")
    ended = drive(indicator=matmul(), environment={"PYTHONPATH": str(tmp_path)})
    assert ended.code == 3
    assert ended.result["failure"]["reason"] == "import_failed"
    assert ended.result["failure"]["message"] == (
        "numpy cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"
    )
    assert "Traceback" in ended.stderr


FAKE = """
from types import SimpleNamespace
__version__ = "0"
float64 = float
class Array(list):
    shape = (1, 1)
class RandomState:
    def __init__(self, seed): pass
    random_sample = None
random = SimpleNamespace(RandomState=RandomState)
"""


def test_a_framework_that_lacks_what_is_needed(drive, matmul, tmp_path) -> None:
    (tmp_path / "numpy.py").write_text(FAKE)
    ended = drive(indicator=matmul(), environment={"PYTHONPATH": str(tmp_path)})
    assert ended.code == 3
    assert ended.result["failure"]["reason"] == "indicator_unsupported"
    assert "has no attribute 'empty'" in ended.result["failure"]["message"]
    assert ended.result["samples"]["values"] == []


def test_a_wrong_result_is_not_accepted_but_kept(drive, matmul, tmp_path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import numpy\nright = numpy.matmul\n"
        "def matmul(a, b):\n    c = right(a, b); c[3, 5] += 1; return c\n"
        "numpy.matmul = matmul\n"
    )
    ended = drive(indicator=matmul(), environment={"PYTHONPATH": str(tmp_path)})
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.result["failure"]["reason"] == "wrong_result"
    assert ended.result["check"]["passed"] is False
    assert len(ended.result["samples"]["values"]) == 30


def test_memory_that_is_not_there(drive, matmul) -> None:
    ended = drive(indicator=matmul(matrix_size=16384), limits={"memory_bytes": 512 * 1024 * 1024})
    assert ended.code == 3
    assert ended.result["failure"]["reason"] == "out_of_memory"


def test_the_same_seed_gives_the_same_data(drive, matmul) -> None:
    errors = {
        drive(indicator=matmul(reps=1), seed=seed).result["check"]["maximum_error"]
        for seed in (1, 1, 2)
    }
    assert len(errors) == 2


def test_a_script(drive, tmp_path) -> None:
    path = tmp_path / "own.py"
    path.write_text(
        "import sys; x = bytearray(64 << 20)\n"
        'print(\'{"name": "PiOwn", "@result": {"rate": 2.5, "elapsed": 4}}\')\n'
        "print('a word', file=sys.stderr)\n"
    )
    ended = drive(script=str(path), expected=INSTALLED)
    assert ended.code == 0, ended.stderr
    assert ended.stdout == '{"name": "PiOwn", "@result": {"rate": 2.5, "elapsed": 4}}\n'
    assert ended.stderr == "a word\n"
    assert ended.result["outcome"] == "completed"
    assert (ended.result["name"], ended.result["component"]) == ("PiOwn", "script")
    assert ended.result["@result"] == {"rate": 2.5, "elapsed": 4}
    assert ended.result["samples"]["values"] == []
    assert ended.result["peak_rss_bytes"] > 64 << 20  # the child's, not the driver's
    assert ended.result["before"]["load_average"]


def test_a_script_in_a_changed_environment_is_not_started(drive, tmp_path) -> None:
    path = tmp_path / "own.py"
    path.write_text(f"open({str(tmp_path / 'started')!r}, 'w')\n")
    ended = drive(script=str(path), expected=[])
    assert ended.code == 3
    assert ended.result["failure"]["reason"] == "environment_changed"
    assert not (tmp_path / "started").exists()


def test_a_script_that_fails_is_told_with_its_code(drive, tmp_path) -> None:
    path = tmp_path / "own.py"
    path.write_text("print('half a result'); raise SystemExit(9)\n")
    ended = drive(script=str(path))
    assert (ended.code, ended.stdout) == (3, "half a result\n")
    assert ended.result["failure"] == {
        "reason": "script_failed",
        "message": "the script ended with exit code 9",
        "differences": [],
    }


def test_an_unusable_request_writes_no_result(drive, matmul) -> None:
    ended = drive(indicator=matmul(matrix_size=0, depth=1))
    assert (ended.code, ended.result, ended.stdout) == (2, {}, "")
    assert ended.stderr.startswith(
        "error: matrix_size: 0 is less than 1; depth: no such parameter; known: matrix_size"
    )


def test_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert driver.main(["pis", "fly"]) == 2
    assert capsys.readouterr().err.startswith("usage: python -B pis run REQUEST RESULT\n")


def test_no_byte_code_is_left_behind(drive, matmul, tmp_path) -> None:
    drive(indicator=matmul())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "request.json",
        "result.json",
        "work",
    ]
    assert list((tmp_path / "work").iterdir()) == []


def test_installed_set_of_this_interpreter_is_seen() -> None:
    found = {entry.name: entry.version for entry in installed.distributions(sys.path)}
    assert found["numpy"] == np.__version__


def test_parameters_are_checked_without_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"name": "matmul", "framework": "numpy", "parameters": {"size": 512}}
    assert driver.check(json.dumps(asked).encode()) == driver.COMPLETED
    ((field, message),) = json.loads(capsys.readouterr().out)
    assert field == "size"
    assert message
    asked["parameters"] = {"matrix_size": 512}
    assert driver.check(json.dumps(asked).encode()) == driver.COMPLETED
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("asked", [b"", b"[]", b"{}", b'{"name": "matmul"}', b"\xff"])
def test_what_is_no_question_is_refused(asked: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert driver.check(asked) == driver.UNUSABLE
    assert "error:" in capsys.readouterr().err
