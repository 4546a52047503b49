"""PiHelloWorld on the interpreter itself: no package is needed."""

import platform
import subprocess
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any, Callable

from pis.workload import Check, Workload

_LINE = "Hello, World!"


class HelloWorldOnPython(Workload):
    """A child of the same interpreter, from its start to its end."""

    framework = "python"
    module = "sys"

    def load(self) -> Any:
        # what the result says of its component: here that is the interpreter
        return SimpleNamespace(__version__=platform.python_version(), __file__=sys.executable)

    def prepare(self) -> Callable[[], Any]:
        command = [sys.executable, "-c", f"print({_LINE!r})"]
        self.step: Callable[[], Any] = partial(
            subprocess.check_output, command, stdin=subprocess.DEVNULL
        )
        return self.step

    def check(self) -> Check:
        return Check(0.0 if self.step().split(b"\n") == [_LINE.encode(), b""] else 1.0, 0.0)


WORKLOAD = HelloWorldOnPython
