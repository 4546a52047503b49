"""Slow clients, for a bounded time: `python benchmarks/_slow.py PORT COUNT SECONDS` on loopback.

A third sends half of a request's head, a byte now and then; a third half of a body; a third asks for
a long answer again and again and does not read it. What the server closes is opened anew.
It is a process of its own, so that it does not share an interpreter lock with the other clients.
"""

from __future__ import annotations

import socket
import sys
import time
from dataclasses import dataclass
from typing import Final

#: Time between two bytes of one client, s.
PAUSE_SECONDS: Final = 1.0
_PATH = "/openapi/openapi.json"
KINDS = ("head", "body", "answer")


def opening(kind: str, port: int) -> bytes:
    """What a slow client of this kind sends at once."""
    host = f"Host: 127.0.0.1:{port}\r\n"
    if kind == "head":
        return f"GET /healthz HTTP/1.1\r\n{host}X-Slow: ".encode()
    if kind == "body":
        head = f"POST /api/v1/inspections HTTP/1.1\r\n{host}Content-Type: application/json\r\n"
        return f"{head}Content-Length: 100000\r\n\r\n{{".encode()
    return f"GET {_PATH} HTTP/1.1\r\n{host}\r\n".encode() * 40


@dataclass
class SlowClient:
    """One of them."""

    kind: str
    port: int
    connection: socket.socket

    @classmethod
    def connected(cls, kind: str, port: int) -> SlowClient:
        """A client with its opening sent."""
        connection = socket.socket()
        if kind == "answer":  # little room on this side, too
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", port))
        connection.setblocking(False)
        connection.send(opening(kind, port))
        return cls(kind, port, connection)

    def go_on(self) -> bool:
        """One byte more; False once the server has closed."""
        try:
            if self.kind == "answer":
                # what arrived before the end can be read for long after it
                gone = self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                return not gone and bool(self.connection.recv(1))
            self.connection.send(b"x" if self.kind == "head" else b" ")
            return self.connection.recv(65536) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


def hold(port: int, count: int, seconds: float) -> dict[str, int]:
    """Hold `count` slow connections for `seconds`; how many the server closed, by kind."""
    ends = time.monotonic() + seconds
    clients = [SlowClient.connected(KINDS[number % 3], port) for number in range(count)]
    closed = dict.fromkeys(KINDS, 0)
    print("holding", flush=True)
    while time.monotonic() < ends:
        for place, client in enumerate(clients):
            if not client.go_on():
                closed[client.kind] += 1
                client.connection.close()
                clients[place] = SlowClient.connected(client.kind, port)
        time.sleep(PAUSE_SECONDS)
    for client in clients:
        client.connection.close()
    return closed


if __name__ == "__main__":
    print(hold(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])), flush=True)
