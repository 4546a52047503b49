"""A user's own script as an indicator: a child of this interpreter, timed from outside.

Where it prints a result of its own (pis.printed) that is taken; otherwise the whole process is what
was measured: its time from start to end, its CPU time and its memory.
"""

import os
import select
import subprocess
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional

from pis import failures, printed
from pis.failures import RunFailedError
from pis.launch import die_with_parent

_CHUNK = 65536
_LOOK_SECONDS = 0.2  # between two looks for a script that ended while its children hold its output


class Process(NamedTuple):
    """A script that has ended, seen from outside: status < 0 is a signal."""

    status: int
    printed: Optional[bytes]
    wall_seconds: float
    usage: Any


def run(path: str, output_bytes: int, stdout: int, result: Dict[str, Any]) -> None:
    """Run the script and put what it printed, or what its process took, into the result document.

    What it prints goes through to the descriptor `stdout` unchanged, and is read along the way.
    """
    process = _run_child(path, output_bytes, stdout)
    if process.status < 0:
        message = f"the script ended by signal {-process.status}"
        raise RunFailedError(failures.SCRIPT_FAILED, message)
    if process.status > 0:
        message = f"the script ended with exit code {process.status}"
        raise RunFailedError(failures.SCRIPT_FAILED, message)
    if process.printed is None:
        raise RunFailedError(
            failures.OUTPUT_TOO_LARGE,
            f"the script printed more than {output_bytes} bytes",
        )
    document = printed.parse(process.printed.decode("utf-8", "replace"))
    if document is None:
        _fill_whole(result, process)
    else:
        printed.fill(result, document)


def _fill_whole(result: Dict[str, Any], process: Process) -> None:
    """The process as a whole is what was measured."""
    result["name"] = "script"
    result["component"] = "python"
    result["@parameters"] = {}
    result["@result"] = {
        "elapsed": process.wall_seconds * 1000,
        "user_seconds": process.usage.ru_utime,
        "system_seconds": process.usage.ru_stime,
        "peak_rss_bytes": int(process.usage.ru_maxrss) * 1024,
    }
    result["timing"] = "whole_process"


def _run_child(path: str, output_bytes: int, stdout: int) -> Process:
    """Run to the end. `printed` is None if it was more than `output_bytes`."""
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        bufsize=0,
        preexec_fn=die_with_parent,  # noqa: PLW1509 (this process has one thread)
    )
    if child.stdout is None:
        raise RunFailedError(failures.RUN_CRASHED, "the script's output could not be read")
    end = _End(child.pid, started)
    output = bytearray()
    with child.stdout as pipe:
        while True:
            # what a child of the script prints after its end is not waited for
            ready = select.select(end.watched(pipe), [], [], 0 if end.seen() else _LOOK_SECONDS)[0]
            if pipe not in ready:
                if end.seen() and not ready:
                    break
                continue
            chunk = os.read(pipe.fileno(), _CHUNK)
            if not chunk:
                break
            _pass_on(chunk, stdout)
            if len(output) <= output_bytes:
                output += chunk
    end.wait()
    child.returncode = end.status
    enough = bytes(output) if len(output) <= output_bytes else None
    return Process(end.status, enough, end.wall_seconds, end.usage)


class _End:
    """The end of a child: noticed at once, with the time and what the child used."""

    def __init__(self, pid: int, started: float) -> None:
        self._pid = pid
        self._started = started
        self._descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        self._over = False
        self.status = 0
        self.wall_seconds = 0.0
        self.usage: Any = None

    def watched(self, pipe: Any) -> List[Any]:
        """What is waited for: the output, and the end where the kernel tells it."""
        told = self._descriptor is not None and not self._over
        return [pipe, self._descriptor] if told else [pipe]

    def seen(self) -> bool:
        """True once the child has ended."""
        return self._over or self._take(os.WNOHANG)

    def wait(self) -> None:
        """Wait for the end."""
        if not self._over:
            self._take(0)
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _take(self, options: int) -> bool:
        pid, status, usage = os.wait4(self._pid, options)
        if pid == 0:
            return False
        self.wall_seconds = time.perf_counter() - self._started
        self.usage = usage
        self.status = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        self._over = True
        return True


def _pass_on(chunk: bytes, descriptor: int) -> None:
    view = memoryview(chunk)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:  # nobody reads it any more: the script shall still run to its end
        return
