"""Thread pools as the run's own libraries report them, without adding a package to the stack.

The libraries that are mapped into this process are asked through their C interface for the number
of threads that they will use.
"""

import os
import re
from typing import Any, Dict, List, NamedTuple, Tuple


class _Library(NamedTuple):
    name: str
    pattern: str
    functions: Tuple[str, ...]


# Wheels of NumPy and SciPy carry an OpenBLAS whose symbols have a prefix, a suffix, or both.
_OPENBLAS = tuple(
    f"{prefix}openblas_get_num_threads{suffix}"
    for prefix in ("", "scipy_")
    for suffix in ("", "64_", "_64", "64")
)

_LIBRARIES = (
    _Library("openblas", r"openblas", _OPENBLAS),
    _Library("mkl", r"^libmkl_rt\b", ("MKL_Get_Max_Threads",)),
    _Library("blis", r"^libblis\b", ("bli_thread_get_num_threads",)),
    _Library("libgomp", r"^libgomp\b", ("omp_get_max_threads",)),
    _Library("libiomp5", r"^libi?omp5?\b", ("omp_get_max_threads",)),
)


def mapped(maps: str) -> List[str]:
    """The shared libraries in the text of /proc/self/maps, each once, in order."""
    paths: List[str] = []
    for line in maps.splitlines():
        fields = line.split(None, 5)
        if len(fields) == 6 and ".so" in fields[5] and fields[5] not in paths:
            paths.append(fields[5])
    return paths


def pools() -> List[Dict[str, Any]]:
    """One entry for each numerical library of this process: library, file, threads."""
    try:
        import ctypes

        with open("/proc/self/maps") as file:
            paths = mapped(file.read())
    except (ImportError, OSError):
        return []
    found = []
    for path in paths:
        name = os.path.basename(path)
        for library in _LIBRARIES:
            if not re.search(library.pattern, name):
                continue
            try:
                loaded = ctypes.CDLL(path)  # it is loaded already: this only finds its handle
            except OSError:
                continue
            entry = _ask(loaded, library, name)
            if entry is not None:
                found.append(entry)
    return found


def _ask(loaded: Any, library: _Library, file: str) -> Any:
    for function in library.functions:
        ask = getattr(loaded, function, None)
        if ask is not None:
            return {"library": library.name, "file": file, "threads": int(ask())}
    return None
