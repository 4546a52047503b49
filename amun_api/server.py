"""The HTTP server: waitress, started from Python, one process with threads.

It reads each request whole before it uses a thread for it and keeps answers for clients that read
slowly, so that slow clients keep nobody from being answered.
"""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from amun_api.connection import Connection
from amun_api.request_parser import MAXIMUM_HEAD_BYTES
from amun_core.errors import SettingsError
from amun_core.specification import MAXIMUM_BODY_BYTES

logger = structlog.get_logger("amun_api.server")

#: A request waits for the database most of the time; more threads than this only wait for its lock.
THREADS = 8
#: Open connections; beyond, the one that waits longest for its client makes room.
CONNECTIONS = 500
#: After SIGTERM, requests in hand are answered for so long, s.
GRACEFUL_SECONDS = 20.0
#: Time between two looks for clients that are too slow, s.
TEND_SECONDS = 1.0
#: Answers that wait for their clients, all together; beyond, the largest are given up, bytes.
MAXIMUM_UNREAD_BYTES = 256 * 1024 * 1024
_BACKLOG = 1024
#: Larger than any answer: a thread must not wait for a client that reads slowly.
_ANSWER_BYTES = 1 << 30


class Listener(TcpWSGIServer):  # type: ignore[misc]
    """The listening socket and its connections."""

    channel_class = Connection

    def maintenance(self, _now: float) -> None:
        """Look after the connections; waitress' own rule knows of silence only."""
        self.tend(time.monotonic())

    def tend(self, now: float) -> None:
        """Close the connections whose clients are too slow."""
        connections = list(self.active_channels.values())
        for connection in connections:
            connection.tend(now)
        unread = sum(connection.total_outbufs_len for connection in connections)
        for connection in sorted(connections, key=lambda one: -int(one.total_outbufs_len)):
            if unread <= MAXIMUM_UNREAD_BYTES:
                break
            unread -= connection.total_outbufs_len
            connection.shed()

    def handle_accept(self) -> None:
        """Take a new connection; where there are too many, an old one makes room."""
        if len(self.active_channels) >= CONNECTIONS:
            # in the order they came
            for connection in list(self.active_channels.values()):
                if connection.waits_for_client:
                    connection.shed()
                    break
        super().handle_accept()

    @property
    def busy(self) -> bool:
        """True while a request is worked on or an answer is on the way."""
        return any(connection.unfinished for connection in self.active_channels.values())


class Server:
    """The application, served from one process until SIGTERM or SIGINT."""

    def __init__(self, make_app: Callable[[], Any], bind: str) -> None:
        self._make_app = make_app
        self._bind = bind
        self._stopping = False
        self._listener: Listener | None = None

    def serve(self) -> None:
        """Serve until told to end; what is in hand then is answered first."""
        bound = _listen(self._bind)
        threads = ThreadedTaskDispatcher()
        threads.set_thread_count(THREADS)
        adjustments = Adjustments(sockets=[bound], **server_options())
        listener = Listener(
            self._make_app(),
            {},
            _sock=bound,
            dispatcher=threads,
            adj=adjustments,
            bind_socket=False,
            sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
        )
        self._listener = listener
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_end)
        logger.info("listening", action="server", at=self._bind)
        while not self._stopping:
            wasyncore.poll2(TEND_SECONDS, listener._map)
        self._drain(listener)
        threads.shutdown(timeout=1)
        logger.info("stopped", action="server")

    def _told_to_end(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        if self._listener is not None:
            self._listener.pull_trigger()

    def _drain(self, listener: Listener) -> None:
        """Take no more connections, answer what has come."""
        wasyncore.poll2(0.0, listener._map)
        wasyncore.poll2(0.0, listener._map)
        listener.accepting = False
        listener.socket.close()
        connections = {
            descriptor: found
            for descriptor, found in listener._map.items()
            if found is not listener
        }
        deadline = time.monotonic() + GRACEFUL_SECONDS
        while listener.busy and time.monotonic() < deadline:
            wasyncore.poll2(0.1, connections)
            listener.tend(time.monotonic())


def server_options() -> dict[str, Any]:
    """How waitress is set up. The benchmark's bare application is served with the same."""
    return {
        "threads": THREADS,
        "ident": "amun",
        "asyncore_use_poll": True,
        "cleanup_interval": TEND_SECONDS,
        # our own bound stands before it, in Listener
        "connection_limit": 2 * CONNECTIONS,
        "backlog": _BACKLOG,
        "recv_bytes": 64 * 1024,
        "max_request_header_size": MAXIMUM_HEAD_BYTES,
        "max_request_body_size": MAXIMUM_BODY_BYTES + 1,
        # bodies and answers stay in memory: a full disk must not matter here
        "inbuf_overflow": 2 * MAXIMUM_BODY_BYTES,
        "outbuf_overflow": _ANSWER_BYTES,
        "outbuf_high_watermark": _ANSWER_BYTES,
        # sent as a whole when the application is done with it
        "send_bytes": _ANSWER_BYTES,
        # nobody in front of us is trusted to say who asks
        "trusted_proxy": None,
        "clear_untrusted_proxy_headers": False,
        "log_socket_errors": False,
    }


def _listen(bind: str) -> socket.socket:
    """The listening socket. SettingsError where the address cannot be had."""
    name, _, port = bind.rpartition(":")
    bound = None
    try:
        found = socket.getaddrinfo(
            name.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        if bound is not None:
            bound.close()
        raise SettingsError(
            f"AMUN_HOST, AMUN_PORT: cannot listen at {bind}: {error.strerror}",
            hint="another program may listen there; name another port",
        ) from None
    return bound


class ServerLog(logging.Handler):
    """Waitress' own messages as JSON lines among ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message. Debug lines could hold headers: they are dropped."""
        level = "error" if record.levelno >= logging.ERROR else "warning"
        if record.levelno >= logging.WARNING:
            # a message of theirs may quote a path; it has no query
            getattr(logger, level)(record.getMessage(), action="server", exc_info=record.exc_info)


def log_as_ours() -> None:
    """Send what waitress says to our log. Its remarks on the queue are none of anybody's business."""
    theirs = logging.getLogger("waitress")
    theirs.handlers[:] = [ServerLog()]
    theirs.propagate = False
    logging.getLogger("waitress.queue").setLevel(logging.CRITICAL)


def bind_address(host: str, port: int) -> str:
    """HOST:PORT as the server takes it; IPv6 addresses in brackets."""
    bare = host.strip("[]")
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"
