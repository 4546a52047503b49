"""What a run does to itself before anything else: it dies with its parent, stays on its CPUs."""

import os
import resource
import signal
import sys
from typing import Any, Dict, List, Mapping, Optional, Sequence

_PR_SET_PDEATHSIG = 1

#: Every variable by which the thread pools of numerical libraries take their size.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",  # the only one that JAX on a CPU heeds
)


#: Frameworks with two pools of NPROC threads each: only their CPUs keep them at what was asked for.
HEED_AFFINITY = ("jax",)


def die_with_parent() -> bool:
    """Ask the kernel for SIGKILL when the parent ends. False where that cannot be had."""
    try:
        import ctypes

        library = ctypes.CDLL(None)
        return bool(library.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):  # no ctypes in this build, no Linux
        return False


def stay_on(cpu_set: Optional[Sequence[int]]) -> List[int]:
    """Bind this process to `cpu_set` as far as it is allowed; returns where it now may run."""
    try:
        allowed = os.sched_getaffinity(0)
        wanted = allowed & set(cpu_set or ())
        if wanted and wanted != allowed:
            os.sched_setaffinity(0, wanted)
        return sorted(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # no Linux, or forbidden by the container
        return []


def limit(memory_bytes: Optional[int]) -> None:
    """No core file after a crash, and an allocation beyond `memory_bytes` is refused.

    RLIMIT_DATA counts private writable memory, not mapped files and reserved addresses, so it comes
    close to what a control group counts. It makes a MemoryError of what would be a kill.
    """
    _lower(resource.RLIMIT_CORE, 0)
    if memory_bytes:
        _lower(resource.RLIMIT_DATA, int(memory_bytes))


def _lower(kind: int, bound: int) -> None:
    try:
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > bound:
            resource.setrlimit(kind, (bound, bound))
    except (OSError, ValueError):  # forbidden here: the engine's own limit remains
        return


def set_threads(threads: Optional[int]) -> Dict[str, str]:
    """Set the thread variables that nobody set yet; returns all of them as the libraries see them."""
    if threads is not None:
        for name in THREAD_VARIABLES:
            os.environ.setdefault(name, str(threads))
    return {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ}


def prepare(request: Mapping[str, Any]) -> Dict[str, Any]:
    """Do all of this; returns the `threads` object of the result document, without its pools."""
    died = die_with_parent()
    limit((request.get("limits") or {}).get("memory_bytes"))
    affinity = stay_on(request.get("cpu_set"))
    threads, framework = request.get("threads"), (request.get("indicator") or {}).get("framework")
    if threads and framework in HEED_AFFINITY and len(affinity) > threads:
        affinity = stay_on(affinity[:threads])
    return {
        "requested": request.get("threads"),
        "affinity": affinity,
        "pools": [],
        "environment": set_threads(request.get("threads")),
        "dies_with_parent": died,
    }


class Stdout:
    """Keeps standard output for the result alone: what else is printed goes to standard error."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._kept = os.dup(1)
        os.dup2(2, 1)

    @property
    def descriptor(self) -> int:
        """The file descriptor that leads to the real standard output."""
        return self._kept

    def write(self, data: bytes) -> None:
        """Write to the real standard output."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._kept, view) :]

    def restore(self) -> None:
        """Give standard output back."""
        sys.stdout.flush()
        os.dup2(self._kept, 1)
        os.close(self._kept)
