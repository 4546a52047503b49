"""PiPyPerformance: how fast the interpreter runs Python code."""

from pis.declaration import Indicator, Parameter
from pis.interpreter.benchmarks import BENCHMARKS
from pis.parameters import reps

INDICATOR = Indicator(
    name="interpreter",
    title="PiPyPerformance",
    version="1",
    stability="canary",
    summary="A benchmark of pyperformance in this interpreter. Its own file is run, and its own clock "
    "is read, as pyperf would; each iteration is one value of pyperf's, of a single loop, and is "
    "kept. The stack needs the package pyperformance, and the benchmarks here need no other one. The "
    "data is that of the benchmark: the seed has no effect.",
    parameters=(
        Parameter(
            "benchmark",
            "text",
            "nbody",
            "Benchmark, by the name under which pyperformance reports it.",
            choices=tuple(sorted(BENCHMARKS)),
        ),
        reps(30),
    ),
    work=None,
    formula="",
    source="",
)
