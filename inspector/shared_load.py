"""A bounded load of our own, for whoever asks what happens while the CPUs are shared."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from inspector.quiet_host import usable_cpus

#: A load ends by itself after so long, s, whatever became of its worker.
LONGEST_SECONDS = 1800

# It ends with its standard input too: that is closed when the worker is gone, however it went.
_PROGRAM = """
import select, sys, time
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end and not select.select([sys.stdin], [], [], 0)[0]:
    sum(range(20000))
"""


@contextmanager
def shared_cpus(processes: int | None = None) -> Iterator[None]:
    """One busy process for each CPU that this worker may use, as long as the block of code lasts."""
    command = [sys.executable, "-S", "-E", "-c", _PROGRAM, str(LONGEST_SECONDS)]
    with ExitStack() as stack:
        for _ in range(usable_cpus() if processes is None else processes):
            load = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
            stack.callback(load.kill)
        yield
