"""PiAllreduce on MPI: `Allreduce` of mpi4py, in processes that `mpirun` starts.

The run itself is not one of them, since only `mpirun` can make them: the first of them measures
with the same harness, checks, and leaves what it found in a file.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from pis import harness, launch
from pis.allreduce import sums
from pis.failures import INDICATOR_UNSUPPORTED, RUN_CRASHED, RunFailedError
from pis.freivalds import worst_of
from pis.random_data import uniform
from pis.workload import Check, Workload

#: Seconds after which the processes are ended.
TIMEOUT = 1800

_LAUNCHERS = ("mpirun", "mpiexec")
# Open MPI wants to be told that root and more processes than CPUs are meant; others ignore it.
_ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}
# As `pis/__main__.py` does: the package is loaded from where it lies, its folder stays off the path.
_PROGRAM = """
import os, sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv[1]
spec = spec_from_file_location(
    "pis", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
)
sys.modules["pis"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["pis"])
import_module("pis.allreduce.on_mpi4py").take_part(*sys.argv[2:])
"""


class AllreduceOnMpi4py(Workload):
    """The sum by MPI; it needs mpi4py, NumPy, and the `mpirun` of the MPI that mpi4py found."""

    framework = "mpi4py"
    module = "mpi4py"
    distributions = ("mpi4py",)

    def load(self) -> Any:
        # not mpi4py.MPI, which would make an MPI process of this one
        return import_module("mpi4py")

    def measure(self, iterations: int) -> harness.Series:
        """Start the processes, wait for their end, read what the first of them measured."""
        launcher = find_launcher()
        if launcher is None:
            raise RunFailedError(
                INDICATOR_UNSUPPORTED,
                "no mpirun beside the interpreter or on PATH: an MPI (MPICH, Open MPI) must be there",
            )
        folder = tempfile.mkdtemp(prefix="allreduce-")
        try:
            self._told = self._run(launcher, folder, iterations)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return harness.Series(*self._told["series"])

    def check(self) -> Check:
        return Check(self._told["error"], sums.tolerance(self.parameters["processes"], 1))

    def facts(self) -> Dict[str, Any]:
        """Which MPI it is; it alone knows how the vectors went."""
        return {
            "transport": "chosen by the MPI library",
            "mpi": self._told["library"],
            "processes": self.parameters["processes"],
        }

    def _run(self, launcher: str, folder: str, iterations: int) -> Dict[str, Any]:
        path = os.path.join(folder, "told.json")
        asked = {**self.parameters, "reps": iterations, "seed": self.seed}
        home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        command = [launcher, "-n", str(self.parameters["processes"]), sys.executable, "-B", "-c"]
        started = subprocess.Popen(
            [*command, _PROGRAM, home, path, json.dumps(asked)],
            stdin=subprocess.DEVNULL,
            env={**_ENVIRONMENT, **os.environ},
            preexec_fn=launch.die_with_parent,  # noqa: PLW1509 (there is one thread)
        )
        try:
            code = started.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            if started.poll() is None:
                started.terminate()
                started.wait()
        if code != 0:
            raise RunFailedError(RUN_CRASHED, f"mpirun ended with {code}: see the run's output")
        with open(path, "rb") as file:
            told: Dict[str, Any] = json.loads(file.read().decode("utf-8"))
        return told


def find_launcher() -> Optional[str]:
    """`mpirun` of the environment, else of the host; None where there is none."""
    for folders in (os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)):
        for name in _LAUNCHERS:
            found = shutil.which(name, path=folders)
            if found is not None:
                return found
    return None


def take_part(path: str, asked: str) -> None:
    """What each process does that `mpirun` has started; the first one writes to `path`."""
    launch.die_with_parent()
    numpy, mpi = import_module("numpy"), import_module("mpi4py.MPI")
    parameters = json.loads(asked)
    world = mpi.COMM_WORLD
    rank = world.Get_rank()
    if world.Get_size() != parameters["processes"]:
        raise SystemExit("mpirun and mpi4py are of different MPIs: the processes do not meet")
    vector = numpy.concatenate(list(_blocks(numpy, parameters, rank)))
    total = numpy.zeros_like(vector)

    def step() -> None:
        world.Allreduce(vector, total, op=mpi.SUM)

    series = _measured(numpy, step, vector, parameters["reps"]) if rank == 0 else None
    # an infinite number is the first one's word for the end: all of them see it in the same sum
    while series is None and not numpy.isinf(total[0]):
        step()
    step()
    errors = world.gather(_error(numpy, parameters, total), root=0)
    if series is not None:
        told = {
            "series": list(series),
            "error": max(errors),
            "library": mpi.Get_library_version().strip("\0 \n").split("\n")[0],
        }
        with open(path, "wb") as file:
            file.write(json.dumps(told).encode("utf-8"))


def _measured(numpy: Any, step: Callable[[], Any], vector: Any, iterations: int) -> harness.Series:
    series = harness.measure(step, iterations)
    first, vector[0] = vector[0], numpy.inf
    step()
    vector[0] = first
    return series


def _blocks(numpy: Any, parameters: Mapping[str, Any], rank: int) -> Iterator[Any]:
    """The vector of a process, block by block."""
    generator = numpy.random.RandomState(sums.seed_of(parameters["seed"], rank))
    length = parameters["num_floats"]
    for start in range(0, length, sums.BLOCK):
        yield uniform(numpy, generator, (min(sums.BLOCK, length - start),), "float32")


def _error(numpy: Any, parameters: Mapping[str, Any], total: Any) -> float:
    """The largest error of a sum, relative to the sum of absolute values; infinite for no number."""
    vectors = [_blocks(numpy, parameters, each) for each in range(parameters["processes"])]
    worst = 0.0
    for start, blocks in zip(range(0, len(total), sums.BLOCK), zip(*vectors)):
        wide = [block.astype("float64") for block in blocks]
        error = abs(total[start : start + sums.BLOCK] - sum(wide)) / (sum(map(abs, wide)) + 1e-300)
        worst = worst_of(worst, float(error.max()))
    return float("inf") if math.isnan(worst) else worst


WORKLOAD = AllreduceOnMpi4py
