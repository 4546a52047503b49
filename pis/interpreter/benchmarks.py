"""The benchmarks of pyperformance that need nothing but it: where they lie, how they are called."""

from typing import Any, Dict, NamedTuple, Tuple


class Benchmark(NamedTuple):
    """`file` names the folder, `arguments` are those of its command line.

    `returns` is what its function is known to return, None where that is nothing or is not known.
    """

    file: str
    arguments: Tuple[str, ...] = ()
    returns: Any = None


#: Name, as pyperformance reports it -> the benchmark.
BENCHMARKS: Dict[str, Benchmark] = {
    "chaos": Benchmark("chaos"),
    "deepcopy": Benchmark("deepcopy"),
    "deltablue": Benchmark("deltablue"),
    # the most flips of nine pancakes
    "fannkuch": Benchmark("fannkuch", returns=30),
    "float": Benchmark("float"),
    "generators": Benchmark("generators"),
    "go": Benchmark("go"),
    "hexiom": Benchmark("hexiom"),
    "json_dumps": Benchmark("json_dumps"),
    "json_loads": Benchmark("json_loads"),
    "meteor_contest": Benchmark("meteor_contest"),
    "nbody": Benchmark("nbody"),
    "nqueens": Benchmark("nqueens"),
    "pickle": Benchmark("pickle", ("pickle",)),
    "pickle_pure_python": Benchmark("pickle", ("--pure-python", "pickle")),
    "pidigits": Benchmark("pidigits"),
    "pyflate": Benchmark("pyflate"),
    "raytrace": Benchmark("raytrace"),
    "regex_dna": Benchmark("regex_dna"),
    "regex_effbot": Benchmark("regex_effbot"),
    "regex_v8": Benchmark("regex_v8"),
    "richards": Benchmark("richards", returns=True),
    "scimark_fft": Benchmark("scimark", ("fft",)),
    "spectral_norm": Benchmark("spectral_norm"),
    "telco": Benchmark("telco"),
    "unpickle": Benchmark("pickle", ("unpickle",)),
    "unpickle_pure_python": Benchmark("pickle", ("--pure-python", "unpickle")),
}
