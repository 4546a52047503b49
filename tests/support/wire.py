"""Requests as bytes, for what no client library would send."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WireAnswer:
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes
    #: whether the server closed the connection after it
    closed: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def exchange(port: int, request: bytes, *, seconds: float = 30.0) -> WireAnswer:
    """Send `request` on a connection of its own; its answer, read by its length."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> WireAnswer:
    """The next answer on `connection`."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(65536)
        assert piece, raw
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    headers = {name.lower(): value for name, _, value in pairs}
    while len(body) < int(headers.get("content-length", "0")):
        piece = connection.recv(65536)
        assert piece, body
        body += piece
    closed = headers.get("connection") == "close" and connection.recv(1) == b""
    return WireAnswer(int(first.split()[1]), headers, body, closed)
