"""Benchmarks of a small pyperformance of our own (the real ones: integration tests)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pis import catalogue
from pis.failures import RunFailedError
from pis.interpreter.on_python import InterpreterOnPython

OUTSIDE = """
import pyperf
def work(number):
    return number
if __name__ == "__main__":
    runner = pyperf.Runner(add_cmdline_args=None)
    runner.metadata["description"] = "a test"
    runner.argparser.add_argument("--flips", type=int, default=30)
    runner.bench_func("fannkuch", work, runner.parse_args().flips, inner_loops=2)
"""
INSIDE = """
import pyperf
def work(loops, seconds):
    assert loops == 1
    return seconds
if __name__ == "__main__":
    pyperf.Runner().bench_time_func("nbody", work, 6.0, inner_loops=3)
"""

Make = Callable[[str, str], InterpreterOnPython]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """The workload with one benchmark whose file has the given text."""

    def _made(name: str, text: str) -> InterpreterOnPython:
        package, pyperf = ModuleType("pyperformance"), ModuleType("pyperf")
        package.__file__ = str(tmp_path / "__init__.py")
        package.__version__ = pyperf.__version__ = "1.0"  # type: ignore[attr-defined]
        pyperf.Runner = "the real one"  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pyperformance", package)
        monkeypatch.setitem(sys.modules, "pyperf", pyperf)
        file = tmp_path / "data-files" / "benchmarks" / f"bm_{name}" / "run_benchmark.py"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        workload = InterpreterOnPython({"benchmark": name, "reps": 4}, 0)
        workload.load()
        return workload

    return _made


def test_a_function_that_is_timed_from_outside(made: Make) -> None:
    workload = made("fannkuch", OUTSIDE)
    series = workload.measure(7)
    assert len(series.values) == 7
    assert min(series.values) > 0
    assert (series.loops, series.leading) == (1, 5)
    assert workload.check().passed
    assert workload.facts()["inner_loops"] == 2


def test_a_wrong_result_is_seen(made: Make) -> None:
    workload = made("fannkuch", OUTSIDE.replace("30", "29"))
    workload.measure(1)
    assert not workload.check().passed


def test_a_function_that_times_itself_is_believed_and_shared_by_its_loops(made: Make) -> None:
    workload = made("nbody", INSIDE)
    assert workload.measure(3).values == [2.0, 2.0, 2.0]
    assert workload.check().passed


def test_no_time_is_no_result(made: Make) -> None:
    workload = made("nbody", INSIDE.replace("6.0", "0.0"))
    workload.measure(1)
    assert not workload.check().passed


def test_everything_is_put_back(made: Make) -> None:
    before = sys.argv
    made("nbody", INSIDE).prepare()
    assert sys.argv is before
    assert sys.modules["pyperf"].Runner == "the real one"  # type: ignore[attr-defined]


def test_the_component_is_the_interpreter(made: Make) -> None:
    module = made("nbody", INSIDE).load()
    assert module.__file__ == sys.executable
    assert module.__version__ == sys.version.split()[0].rstrip("+")


def test_a_version_without_the_file(made: Make) -> None:
    workload = made("nbody", INSIDE)
    workload.parameters = {"benchmark": "float"}
    with pytest.raises(RunFailedError, match="has no file for float") as caught:
        workload.prepare()
    assert caught.value.reason == "indicator_unsupported"


def test_a_version_without_the_benchmark(made: Make) -> None:
    with pytest.raises(RunFailedError, match="has no benchmark nbody, but mbody") as caught:
        made("nbody", INSIDE.replace('"nbody"', '"mbody"')).prepare()
    assert caught.value.reason == "indicator_unsupported"


def test_modules_that_a_benchmark_replaces_come_back(made: Make) -> None:
    import _pickle
    import pickle

    text = (
        "import sys, pyperf\nsys.modules['_pickle'] = None\nimport pickle\n"
        "if __name__ == '__main__':\n"
        "    pyperf.Runner().bench_func('pickle_pure_python', pickle.dumps, 1)\n"
    )
    workload = made("pickle_pure_python", "")
    package = Path(sys.modules["pyperformance"].__file__ or "").parent
    file = package / "data-files" / "benchmarks" / "bm_pickle" / "run_benchmark.py"
    file.parent.mkdir()
    file.write_text(text)
    workload.prepare()
    assert sys.modules["pickle"] is pickle
    assert sys.modules["_pickle"] is _pickle
    assert type(workload._function.function).__name__ == "function"  # Python's, not C's


def test_an_unknown_benchmark_is_refused() -> None:
    ((field, message),) = catalogue.check("interpreter", "python", {"benchmark": "spin"})[1]
    assert field == "benchmark"
    assert "'spin' is not one of chaos, " in message
