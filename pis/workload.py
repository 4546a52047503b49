"""What an indicator is on one framework: load it, make the data, do one iteration, check it."""

from typing import Any, Callable, ClassVar, Dict, Mapping, NamedTuple, Tuple

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

    def load(self) -> Any:
        """Import the framework and return its module. Whatever it raises counts as its fault."""
        raise NotImplementedError

    def prepare(self) -> Callable[[], Any]:
        """Make the input data; return the iteration: it comes back when the work is done."""
        raise NotImplementedError

    def check(self) -> Check:
        """Compare what an iteration computes with a reference."""
        raise NotImplementedError

    def facts(self) -> Dict[str, Any]:
        """What the framework says of itself that may explain its speed."""
        return {}

    def pools(self) -> Dict[str, int]:
        """Thread pools that only the framework can tell of: name -> threads."""
        return {}
