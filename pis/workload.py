"""What an indicator is on one framework: load it, make the data, do one iteration, check it."""

import time
from typing import Any, Callable, ClassVar, Dict, List, Mapping, NamedTuple, Optional, Tuple

from pis import at_work, harness
from pis.declaration import Impossible


class Check(NamedTuple):
    """How far the computed result lies from the reference."""

    maximum_error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """False for an error that is too large, and for one that is not a number."""
        return self.maximum_error <= self.tolerance

    def document(self) -> Dict[str, Any]:
        """The `check` object of the result document."""
        return {
            "maximum_error": self.maximum_error,
            "tolerance": self.tolerance,
            "passed": self.passed,
        }


class Workload:
    """Base of every `on_<framework>.py`. Importing such a file must not import the framework."""

    #: name of the framework, as in the specification
    framework = ""
    #: module that is imported, and the distributions that may carry it
    module = ""
    distributions: Tuple[str, ...] = ()
    #: choices of parameters, where this framework lacks some
    choices: ClassVar[Mapping[str, Tuple[Any, ...]]] = {}
    #: choices that this framework has, but not together
    impossible: ClassVar[Tuple[Impossible, ...]] = ()
    #: whether `load` is what is measured: then there is one sample, and `prepare` is not called
    measures_load = False

    def __init__(self, parameters: Mapping[str, Any], seed: int) -> None:
        self.parameters = parameters
        self.seed = seed
        #: the threads' CPU time after the first iteration; None where another process measures
        self.begun: Optional[at_work.Look] = None

    @property
    def stored(self) -> str:
        """Type of the numbers in memory: TF32 is a way to multiply float32."""
        dtype = str(self.parameters["dtype"])
        return "float32" if dtype == "tf32" else dtype

    def load(self) -> Any:
        """Import the framework and return its module. Whatever it raises counts as its fault."""
        raise NotImplementedError

    def prepare(self) -> Callable[[], Any]:
        """Make the input data; return the iteration: it comes back when the work is done."""
        raise NotImplementedError

    def measure(self, iterations: int) -> harness.Series:
        """Time the iterations. Another process may do so where this one cannot."""
        return harness.measure(self.prepare(), iterations, wall=self._begin)

    def _begin(self) -> float:
        """Called after the first iteration, which may compile: from now on threads are watched."""
        now = time.time()
        self.begun = at_work.look()
        return now

    def operations(self) -> Optional[int]:
        """Operations of one iteration where the data decides; None: the declaration's count."""
        return None

    def figures(self, _values: List[float], _seconds: float) -> Dict[str, float]:
        """Further numbers of the published result. `_seconds` is the median after warm-up."""
        return {}

    def check(self) -> Check:
        """Compare what an iteration computes with a reference."""
        raise NotImplementedError

    def facts(self) -> Dict[str, Any]:
        """What the framework says of itself that may explain its speed."""
        return {}

    def pools(self) -> Dict[str, int]:
        """Thread pools that only the framework can tell of: name -> threads."""
        return {}
