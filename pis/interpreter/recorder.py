"""What stands in for `pyperf.Runner` while the file of a benchmark is run.

The file builds a runner and hands it its functions; pyperf's own would now start processes that
repeat the file. This one only notes what it is given, and takes one value after the other later.
"""

import time
from typing import Any, Callable, Dict, Tuple


class Recorded:
    """A function of a benchmark. `value` is one of pyperf's values, of a single loop."""

    def __init__(
        self, function: Callable[..., Any], arguments: Tuple[Any, ...], inner: int, timed: bool
    ) -> None:
        self.function = function
        self.arguments = arguments
        self.inner = inner
        self.timed = timed
        #: what the function returned last, where it is not its time
        self.returned: Any = None

    def value(self) -> float:
        """Seconds of one call, divided by the loops inside it."""
        if self.timed:
            # such a function is told the number of loops and returns their seconds
            return float(self.function(1, *self.arguments)) / self.inner
        start = time.perf_counter()
        self.returned = self.function(*self.arguments)
        return (time.perf_counter() - start) / self.inner


class Recorder:
    """The part of pyperf's `Runner` that benchmarks use."""

    def __init__(self, **_options: Any) -> None:
        from argparse import ArgumentParser  # the catalogue imports this file and needs it not

        self.metadata: Dict[str, Any] = {}
        self.argparser = ArgumentParser()
        self.args: Any = None
        self.recorded: Dict[str, Recorded] = {}

    def parse_args(self, args: Any = None) -> Any:
        """The options of the benchmark itself; those of pyperf are not known here."""
        self.args = self.argparser.parse_args(args)
        return self.args

    def bench_func(
        self, name: str, func: Callable[..., Any], *args: Any, inner_loops: Any = None, **_: Any
    ) -> None:
        """Note a function that is to be timed from outside."""
        self.recorded[name] = Recorded(func, args, inner_loops or 1, timed=False)

    def bench_time_func(
        self,
        name: str,
        time_func: Callable[..., Any],
        *args: Any,
        inner_loops: Any = None,
        **_: Any,
    ) -> None:
        """Note a function that times itself."""
        self.recorded[name] = Recorded(time_func, args, inner_loops or 1, timed=True)
