"""Becomes the program it is told, after asking the kernel to end it when its parent dies.

Run as a file, in isolated mode: `python -I -S launcher.py PARENT_PID PROGRAM ARGUMENT...`. A
supervisor that is killed can end nobody; the kernel can. It is done here and not between fork and
exec of the supervisor, since a process with threads must not run Python there.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, see that the parent is still there, become the program."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    # SIGTERM, not SIGKILL: a measurer gives its inspection back before it ends
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
