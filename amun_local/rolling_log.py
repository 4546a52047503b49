"""A log file that never grows beyond its cap."""

from __future__ import annotations

import io
import threading
from pathlib import Path


class RollingLog:
    """Appends to `path`; at `maximum_bytes` the file becomes `path`.1 and a new one begins.

    A disk that is full must not end what is being logged: what cannot be written is counted, and
    the count is told by the first line that can be written again.
    """

    def __init__(self, path: Path, *, maximum_bytes: int) -> None:
        self.path = path
        self._maximum_bytes = maximum_bytes
        # reentrant: a signal handler of the supervisor may log while the main thread does
        self._mutex = threading.RLock()
        self._lost_bytes = 0
        self._begun = 0

    def write(self, data: bytes) -> None:
        """Append `data`; never raises for the disk's sake."""
        with self._mutex:
            try:
                self._append(data)
            except OSError:
                self._lost_bytes += len(data)

    def _append(self, data: bytes) -> None:
        # opened each time: a log that was removed or rolled by another hand comes back
        with self.path.open("ab", buffering=0) as stream:
            if stream.tell() and stream.tell() + len(data) > self._maximum_bytes:
                self.path.replace(self.path.with_name(self.path.name + ".1"))
            else:
                self._write_all(stream, data)
                return
        with self.path.open("ab", buffering=0) as stream:
            self._write_all(stream, data)

    def _write_all(self, stream: io.FileIO, data: bytes) -> None:
        if self._lost_bytes:
            data = b"(%d bytes could not be written)\n" % self._lost_bytes + data
        view = memoryview(data)
        while view:
            view = view[stream.write(view) or 0 :]
        self._lost_bytes = 0

    def begin(self) -> None:
        """What is written from now on is all that `last_lines` tells of."""
        with self._mutex:
            try:
                self._begun = self.path.stat().st_size
            except OSError:
                self._begun = 0

    def last_lines(self, count: int = 10) -> str:
        """The last lines of the log, for a message to a person."""
        try:
            with self.path.open("rb") as stream:
                stream.seek(0, 2)
                end = stream.tell()
                # a log that has rolled since is shorter than it was
                begun = self._begun if self._begun <= end else 0
                stream.seek(max(begun, end - 16 * 1024))
                text = stream.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-count:])
