"""Room for recursion that follows a chain of packages, which may be longer than Python's limit.

From Python 3.11 on a call of a Python function takes no room on the stack of the machine, so a higher
limit costs memory only where it is used. It is raised and never lowered again: another thread may be
deep in a recursion of its own.
"""

from __future__ import annotations

import sys

#: What whoever calls may have used already.
_BELOW = 1000


def allow(frames: int) -> None:
    """Let functions call each other so many times deep from here."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), frames + _BELOW))
