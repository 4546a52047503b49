"""PiPyPerformance on the interpreter itself, whose stack holds pyperformance."""

import gc
import hashlib
import os
import platform
import runpy
import sys
import sysconfig
import time
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Callable, Dict, List

from pis import harness
from pis.failures import INDICATOR_UNSUPPORTED, RunFailedError
from pis.interpreter.benchmarks import BENCHMARKS
from pis.interpreter.recorder import Recorded, Recorder
from pis.workload import Check, Workload


class InterpreterOnPython(Workload):
    """One benchmark of pyperformance, its functions called in this process."""

    framework = "python"
    module = "pyperformance"

    def load(self) -> Any:
        self._pyperformance: Any = import_module(self.module)
        self._pyperf: Any = import_module("pyperf")
        # what the result says of its component: here that is the interpreter
        return SimpleNamespace(__version__=platform.python_version(), __file__=sys.executable)

    def prepare(self) -> Callable[[], Any]:
        self._name = self.parameters["benchmark"]
        self._benchmark = BENCHMARKS[self._name]
        self._path = os.path.join(
            os.path.dirname(self._pyperformance.__file__),
            "data-files",
            "benchmarks",
            "bm_" + self._benchmark.file,
            "run_benchmark.py",
        )
        if not os.path.isfile(self._path):
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                f"pyperformance {self._pyperformance.__version__} has no file for {self._name}",
            )
        found = self._recorded()
        if self._name not in found:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                "pyperformance {} has no benchmark {}, but {}".format(
                    self._pyperformance.__version__, self._name, ", ".join(sorted(found))
                ),
            )
        self._function = found[self._name]
        self.step = self._function.value
        return self.step

    def measure(self, iterations: int) -> harness.Series:
        """The values as pyperf takes them: by the clock of the benchmark, collecting garbage."""
        value = self.prepare()
        values = [value()]
        first_sample_at = time.time()
        values.extend(value() for _ in range(iterations - 1))
        leading = min(iterations, harness.LEADING)
        return harness.Series(values, 1, leading, first_sample_at, harness.timer_resolution())

    def check(self) -> Check:
        """Benchmarks raise where they find a fault; of some it is known what they return."""
        took = self.step()
        wanted = self._benchmark.returns
        right = took > 0.0 and (wanted is None or self._function.returned == wanted)
        return Check(0.0 if right else 1.0, 0.0)

    def facts(self) -> Dict[str, Any]:
        """Which benchmark this was, and how the interpreter was built."""
        with open(self._path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        return {
            "pyperformance": self._pyperformance.__version__,
            "pyperf": self._pyperf.__version__,
            "benchmark_sha256": digest,
            "inner_loops": self._function.inner,
            "garbage_collection": gc.isenabled(),
            "build": {
                name: sysconfig.get_config_var(name)
                for name in ("CONFIG_ARGS", "PY_CFLAGS", "Py_GIL_DISABLED")
            },
        }

    def _recorded(self) -> Dict[str, Recorded]:
        """Run the file of the benchmark as a program, with our recorder for a runner."""
        made: List[Recorder] = []

        def runner(**options: Any) -> Recorder:
            made.append(Recorder(**options))
            return made[-1]

        before = self._pyperf.Runner, sys.argv
        hidden = _hide("pickle", "_pickle") if self._benchmark.file == "pickle" else {}
        self._pyperf.Runner, sys.argv = runner, [self._path, *self._benchmark.arguments]
        try:
            runpy.run_path(self._path, run_name="__main__")
        finally:
            self._pyperf.Runner, sys.argv = before
            sys.modules.update(hidden)
        return {name: found for each in made for name, found in each.recorded.items()}


def _hide(*names: str) -> Dict[str, Any]:
    """Forget modules, so that a benchmark imports the variant that it wants; returns them."""
    return {name: sys.modules.pop(name) for name in names if name in sys.modules}


WORKLOAD = InterpreterOnPython
