"""A small HTTP load: kept-alive connections in threads, prepared bytes, nothing else.

`python benchmarks/_load.py` reads one JSON order a line and answers with requests per second; it is
a process of its own, so that it does not share an interpreter lock with a server.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from typing import Any


def one_request(connection: socket.socket, request: bytes) -> int:
    """Send a request and read its answer; its status."""
    connection.sendall(request)
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    lowered = head.lower()
    start = lowered.index(b"content-length:") + len(b"content-length:")
    missing = int(lowered[start:].split(b"\r\n", 1)[0]) - len(body)
    while missing > 0:
        missing -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data


def prepared(order: dict[str, Any]) -> bytes:
    """The bytes of the order's request."""
    body = order.get("body", "").encode()
    head = f"{order['method']} {order['path']} HTTP/1.1\r\nHost: 127.0.0.1:{order['port']}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return bytes(head.encode() + b"\r\n" + body)


def load(order: dict[str, Any]) -> float:
    """Requests per second over all connections; every status must be the one expected."""
    request = prepared(order)
    failures: list[str] = []
    barrier = threading.Barrier(order["connections"] + 1)

    def work() -> None:
        with socket.create_connection(("127.0.0.1", order["port"]), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            barrier.wait()
            try:
                for _ in range(order["requests"]):
                    status = one_request(connection, request)
                    if status != order["status"]:
                        failures.append(f"status {status}, not {order['status']}")
            except OSError as error:
                failures.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(order["connections"])]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if failures:
        raise SystemExit(
            f"{order['method']} {order['path']}: {failures[0]} ({len(failures)} times)"
        )
    return float(order["requests"] * order["connections"] / seconds)


if __name__ == "__main__":
    for line in sys.stdin:
        print(load(json.loads(line)), flush=True)
