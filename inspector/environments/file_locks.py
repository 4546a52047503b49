"""Locks on files and folders that end with the process that holds them (flock).

Each call opens its own description, so threads of one process exclude each other as well.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from amun_core.errors import EngineError
from inspector.engines.base import ShouldStop, StoppedError

#: Time between two tries where waiting can be stopped, s.
RETRY_SECONDS = 0.02
#: Bound of waiting for a lock where nothing else says when to stop, s.
WAIT_SECONDS = 300.0


@contextlib.contextmanager
def exclusive(path: Path, should_stop: ShouldStop | None = None) -> Iterator[None]:
    """Hold `path` alone; waits. Raises StoppedError as soon as `should_stop` says so.

    Without it EngineError after WAIT_SECONDS: whoever holds it may hang.
    """
    with _opened(path) as descriptor:
        _take(descriptor, fcntl.LOCK_EX, path, should_stop)
        yield


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold `path` together with others; waits while somebody holds it alone, as `exclusive`."""
    with _opened(path) as descriptor:
        _take(descriptor, fcntl.LOCK_SH, path, None)
        yield


@contextlib.contextmanager
def try_exclusive(path: Path) -> Iterator[bool]:
    """Hold `path` alone if that is possible at once; yields whether it is held."""
    with _opened(path) as descriptor:
        yield _try(descriptor, fcntl.LOCK_EX)


@contextlib.contextmanager
def new_folder(path: Path, *, guard: Path) -> Iterator[None]:
    """Make the folder `path` and hold it alone.

    `guard` is held from making to holding it: no `try_folder` can take it for a dead one's.
    """
    with contextlib.ExitStack() as stack:
        with exclusive(guard):
            path.mkdir()
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def try_folder(path: Path, *, guard: Path) -> Iterator[bool]:
    """Yield True, holding the folder `path`, if nobody living holds it."""
    with contextlib.ExitStack() as stack:
        held = False
        with exclusive(guard), contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            held = _try(descriptor, fcntl.LOCK_EX)
        yield held


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, kind: int, path: Path, should_stop: ShouldStop | None) -> None:
    ends_at = time.monotonic() + WAIT_SECONDS
    while not _try(descriptor, kind):
        if should_stop is not None:
            if should_stop():
                raise StoppedError
        elif time.monotonic() > ends_at:
            raise EngineError(
                f"another process has held {path.name} for {WAIT_SECONDS:.0f} s",
                hint="A builder or a measurer of this host hangs; end it.",
            )
        time.sleep(RETRY_SECONDS)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
