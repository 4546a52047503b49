"""Python's garbage collector walks what is alive again and again while it grows; here it need not.

Reading an index makes millions of objects that all stay: with the usual thresholds, more time goes into
walking them than into parsing the pages. Cycles among the youngest are still found, so nothing piles up.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Allocations until the youngest are looked at, and how often that is done until the older ones are.
_YOUNGEST, _YOUNG = 1_000_000, 50

_lock = threading.Lock()
_inside = 0
_usual = gc.get_threshold()


@contextmanager
def rare_collection() -> Iterator[None]:
    """Collect rarely meanwhile, in the whole process; several may be inside at once."""
    global _inside, _usual
    with _lock:
        if not _inside:
            _usual = gc.get_threshold()
            if _usual[0]:  # 0: somebody has turned it off
                gc.set_threshold(_YOUNGEST, _YOUNG, _usual[2])
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _grow_old()
                gc.set_threshold(*_usual)


def _grow_old() -> None:
    """Let what is alive pass for old without a walk over it: it has just been made, and stays."""
    if not gc.get_freeze_count():  # else somebody wants those to stay frozen
        gc.freeze()
        gc.unfreeze()
