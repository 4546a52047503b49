"""One connection to a client, which may be as slow as it likes and takes no thread meanwhile.

A thread is used once a request is there as a whole, and its answer waits in memory for a client that
reads slowly. A connection that stays below a minimum of speed is closed.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from typing import Any

import structlog
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import WSGITask

from amun_api.errors import RequestError
from amun_api.refusals import Refusal
from amun_api.request_parser import RequestParser

logger = structlog.get_logger("amun_api.server")

#: A request, and the reading of an answer, may take so long whatever its size, s ...
PATIENCE_SECONDS = 15.0
#: ... and longer only if it moved at this rate in each such time, bytes/s.
MINIMUM_RATE = 16 * 1024
#: Without a request, an open connection is closed after so long, s.
KEEP_ALIVE_SECONDS = 75.0
#: What a refused client still sends is thrown away for so long, so that it reads the answer, s.
LINGER_SECONDS = 2.0
#: Bodies that are held in memory for all connections together, bytes.
MAXIMUM_HELD_BYTES = 128 * 1024 * 1024
#: From this size on a body is weighed with the others.
LARGE_BODY_BYTES = 256 * 1024
#: What a client sent behind a request that is not answered yet, bytes.
MAXIMUM_AHEAD_BYTES = 64 * 1024
#: The kernel would go on for minutes to offer what a closed connection's client does not take.
_RESET = struct.pack("ii", 1, 0)


class Task(WSGITask):  # type: ignore[misc]
    """The application's turn. An answer that has no body by its nature ends no connection."""

    def set_close_on_finish(self) -> None:
        """Close after this answer, unless only its missing length asks for it (304, 204)."""
        asked = self.request.headers.get("CONNECTION", "").lower()
        if self.version == "1.1" and not self.has_body and asked != "close":
            return
        super().set_close_on_finish()


class Connection(HTTPChannel):  # type: ignore[misc]
    """A connection with its bounds."""

    task_class = Task
    parser_class = RequestParser
    #: the request that is not there as a whole yet
    request: Any = None
    #: what a thread works on: one at most
    requests: list[Any]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._moved = 0
        #: sent behind a request that is not answered yet
        self._pending = b""
        #: since when a request is incomplete, or an answer unread, and what had moved by then
        self._waiting: tuple[object, float, int] | None = None
        self._quiet: tuple[float, int] = (time.monotonic(), 0)
        self._lingers_until: float | None = None

    # what waitress calls

    def handle_read(self) -> None:
        """Take what the client sent; in the end of a refused one, throw it away."""
        if self._lingers_until is None:
            super().handle_read()
            return
        try:
            if not self.socket.recv(65536):
                self.handle_close()
        except BlockingIOError:
            return
        except OSError:
            self.handle_close()

    def received(self, data: bytes) -> bool:
        """Take bytes of requests: one request at a time, whatever the client sent at once."""
        self._moved += len(data)
        with self.requests_lock:
            self._pending += data
        return self._read_on()

    def readable(self) -> bool:
        """Whether more of this client is wanted now.

        Also while a request is worked on: so nobody needs to be woken when its answer is sent.
        """
        if self._pending and not self.busy:
            self._read_on()
        if self._lingers_until is not None:
            return True
        closing = self.will_close or self.close_when_flushed
        return not closing and len(self._pending) < MAXIMUM_AHEAD_BYTES

    def service(self) -> None:
        """Answer the request that is there, in a thread of the server's."""
        request = self.requests[0]
        task = self.error_task_class(self, request) if request.error else Task(self, request)
        try:
            task.service()
        except ClientDisconnected:
            task.close_on_finish = True
        except Exception:
            logger.exception("request failed", action="server", path=request.path)
            task.close_on_finish = True
        request.close()
        with self.outbuf_lock:  # head and body at once, without waking the main thread
            self._flush_exception(self._flush_some, do_close=False)
        with self.requests_lock:
            self.requests = []
            self.close_when_flushed |= task.close_on_finish
            waits = (
                self.close_when_flushed
                or self.will_close
                or self.total_outbufs_len
                or self._pending
            )
        if self.connected and waits:
            self.server.pull_trigger()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send and count."""
        sent = int(super().send(data, do_close=do_close))
        self._moved += sent
        return sent

    def writable(self) -> bool:
        """Whether there is something to do besides reading."""
        if self._lingers_until is not None:
            return False
        # while a thread works it sends itself, and wakes us for what is left
        return bool(self.will_close if self.requests else super().writable())

    def handle_write(self) -> None:
        """Send what waits; after the last byte for a refused client, wait for its end."""
        if not self.close_when_flushed:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self._linger()

    # what the server calls

    @property
    def busy(self) -> bool:
        """True while a request is worked on or its answer is on the way."""
        return bool(self.requests or self.total_outbufs_len)

    @property
    def unfinished(self) -> bool:
        """True while something that came is not answered to its end."""
        return self.busy or bool(self._pending)

    @property
    def held_bytes(self) -> int:
        """How much of bodies is held for this connection."""
        request = self.request
        whole = sum(int(one.body_bytes_received) for one in self.requests)
        return whole + (int(request.body_bytes_received) if request is not None else 0)

    def tend(self, now: float) -> None:
        """Close the connection where its client is too slow. Called about once a second."""
        if self._lingers_until is not None:
            if now >= self._lingers_until:
                self.handle_close()
            return
        what = self._what_waits()
        if what is None:
            self._waiting = None
            self._close_if_quiet(now)
        elif self._waiting is None or self._waiting[0] is not what:
            self._waiting = (what, now, self._moved)
        elif self._too_slow(now):
            self._give_up(what)

    @property
    def waits_for_client(self) -> bool:
        """True while only the client keeps this connection open."""
        return not self.requests

    def shed(self) -> None:
        """End this connection at once: what its client has not taken is thrown away."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.handle_close()

    # within

    def _read_on(self) -> bool:
        """Read the next request as far as it is there."""
        with self.requests_lock:
            while self._pending and not (self.busy or self.close_when_flushed):
                if self.request is None:
                    self.request = self.parser_class(self.adj)
                request = self.request
                used = request.received(self._pending)
                self._pending = self._pending[used:]
                if request.expect_continue and request.headers_finished and not self.sent_continue:
                    self.send_continue()
                if request.completed:
                    self._take(request)
                elif request.body_bytes_received > LARGE_BODY_BYTES:
                    self._weigh(request)
        return True

    def _take(self, request: RequestParser) -> None:
        """Hand a whole request to the threads."""
        self.request, self.sent_continue = None, False
        if not request.empty:
            self.requests.append(request)
            self.server.add_task(self)

    def _what_waits(self) -> Any:
        """The request that is incomplete, or the answer that is not read; a new one is another."""
        if self.total_outbufs_len:
            return self.outbufs
        return None if self.requests else self.request

    def _close_if_quiet(self, now: float) -> None:
        since, moved = self._quiet
        if self.requests or moved != self._moved:
            self._quiet = (now, self._moved)
        elif now - since > (KEEP_ALIVE_SECONDS if moved else PATIENCE_SECONDS):
            self.handle_close()

    def _too_slow(self, now: float) -> bool:
        if self._waiting is None:
            return False
        what, since, moved = self._waiting
        if now - since < PATIENCE_SECONDS:
            return False
        self._waiting = (what, now, self._moved)
        return self._moved - moved < PATIENCE_SECONDS * MINIMUM_RATE

    def _give_up(self, what: object) -> None:
        if what is self.outbufs:
            self.shed()
            return
        error = RequestError("the request did not arrive in time", hint="send it faster")
        error.status = 408
        refusal = Refusal(error, remote=self.addr[0])
        answer = refusal.to_bytes()
        with self.outbuf_lock:
            self.outbufs[-1].append(answer)
            self.total_outbufs_len += len(answer)
        self.request = None
        self._waiting = None
        self.close_when_flushed = True

    def _weigh(self, request: RequestParser) -> None:
        held = sum(channel.held_bytes for channel in self.server.active_channels.values())
        if held > MAXIMUM_HELD_BYTES:
            error = RequestError(
                "too many large requests at once", hint="try again in a few seconds"
            )
            error.status = 503
            error.headers = {"Retry-After": "2"}
            request.refuse(error)
            self._take(request)

    def _linger(self) -> None:
        self._lingers_until = time.monotonic() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
