"""A small HTTP server that honours the shapes of the API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

IDENTITY = "inspection-1234abcd"


def inspection(state: str, accepted: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "schema": "amun.inspection/1",
        "id": IDENTITY,
        "state": state,
        "state_meaning": f"meaning of {state}",
        "surface": "v1",
        "identifier": None,
        "labels": {"team": "a"},
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 256}},
        "engine": {"requested": "auto", "chosen": "process", "why": "no container engine"},
        "runs": {"requested": 6, "accepted": accepted},
        "stack_digest": "amun-stack-1:0123456789abcdef",
        "lock_digest": None,
        "specification_hash": "amun-specification-1:fedc",
        "host": {"id": "h", "name": "lab"},
        "failure": None,
        "crash_message": None,
        "warnings": [],
        "cancel_requested": False,
        "created_at": "2030-01-01T12:00:00Z",
        "updated_at": "2030-01-01T12:00:00Z",
        "build_started_at": None,
        "build_ended_at": None,
        "run_started_at": None,
        "ended_at": None,
        "links": {},
        "attempts": [],
        **changes,
    }


FAILURE = {
    "reason": "run_timeout",
    "attributed_to": "request",
    "message": "run 0 took longer than 600 s",
    "hint": "raise limits.run_seconds",
    "last_lines": "",
}

RESULTS: dict[str, Any] = {
    "schema": "amun.result/1",
    "inspection_id": IDENTITY,
    "state": "succeeded",
    "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 256}},
    "stack": {
        "digest": "amun-stack-1:0123456789abcdef",
        "packages": [{"name": "numpy", "version": "2.3.5"}],
    },
    "engine": {"requested": "auto", "chosen": "process", "why": "no container engine"},
    "environment": None,
    "host": {"id": "h", "name": "lab", "processor": None, "cpu_count": 2},
    "runs": [],
    "summary": None,
}


class Stub:
    """Answers by (method, path); a list is answered one after the other, its last for ever."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[tuple[int, Any]]] = {}
        self.requests: list[tuple[str, str, dict[str, list[str]], dict[str, str], Any]] = []
        self.drop_connections = 0
        self.url = ""

    def on(self, method: str, path: str, *answers: Any, status: int = 200) -> None:
        self.answers[method, path] = [(status, answer) for answer in answers]

    def problem(self, method: str, path: str, status: int, code: str, **more: Any) -> None:
        document = {
            "type": "about:blank",
            "title": "title",
            "status": status,
            "detail": "what is wrong",
            "code": code,
            "errors": [],
            "request_id": "r1",
            "hint": None,
            **more,
        }
        self.on(method, path, document, status=status)

    def seen(self, method: str, path: str) -> list[Any]:
        return [request for request in self.requests if request[:2] == (method, path)]


@contextmanager
def serving() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if stub.drop_connections > 0:
                stub.drop_connections -= 1
                self.close_connection = True
                return
            stub.requests.append(
                (self.command, parts.path, parse_qs(parts.query), dict(self.headers), body)
            )
            waiting = stub.answers.get((self.command, parts.path), [(404, "nothing here")])
            status, answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            data = json.dumps(answer).encode() if isinstance(answer, dict) else str(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
