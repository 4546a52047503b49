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


COMPARISON = "comparison-1234abcd"


def arm(letter: str, version: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"numpy {version}",
        "inspection_id": f"inspection-{letter}-1234abcd",
        "state": "succeeded",
        "stack_digest": f"amun-stack-1:{letter}",
        "specification_hash": f"amun-specification-1:{letter}",
        "indicator": {
            "name": "matmul",
            "framework": "numpy",
            "parameters": {"matrix_size": 512},
            "version": 1,
        },
        "host_id": "h",
        "failure": None,
        "median_s": 0.0125,
        "median_rate_gflops": 21.4,
        "rate_unit": "GFLOPS",
        **changes,
    }


def comparison(verdict: str | None = "slower", **changes: Any) -> dict[str, Any]:
    """A comparison as the contract has it; slower by 3.2 % unless told otherwise."""
    return {
        "schema": "amun.comparison/1",
        "id": COMPARISON,
        "kind": "comparison",
        "state": "succeeded",
        "design": "blocks",
        "interleaved": True,
        "a": arm("a", "1.26.4"),
        "b": arm("b", "2.4.6"),
        "differing_packages": [{"name": "numpy", "a": "1.26.4", "b": "2.4.6"}],
        "shared_packages": 3,
        "verdict": verdict,
        "not_comparable_because": [],
        "direction": "slower",
        "ratio": 1.032,
        "low": 1.021,
        "high": 1.043,
        "confidence": 0.95,
        "band": 0.02,
        "blocks": 24,
        "blocks_to_decide": None,
        "maximum_blocks": 120,
        "ended_because": "decided",
        "looks": [{"blocks": 24, "ratio": 1.032, "low": 1.021, "high": 1.043, "verdict": verdict}],
        "widened_by": None,
        "disturbed_blocks": 0,
        "host": {"id": "h", "name": "lab", "calibration": None},
        "calibration_result": None,
        "notes": [],
        "seed": 7,
        "labels": {},
        "warnings": [],
        "created_at": "2030-01-01T12:00:00Z",
        "updated_at": "2030-01-01T12:00:00Z",
        "started_at": "2030-01-01T12:00:00Z",
        "ended_at": "2030-01-01T12:02:00Z",
        "links": {},
        **changes,
    }


CALIBRATION: dict[str, Any] = {
    "comparison_id": COMPARISON,
    "measured_at": "2030-01-01T12:00:00Z",
    "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 512}},
    "blocks": 40,
    "comparisons": 2000,
    "false_verdict_rate": 0.004,
    "false_verdict_upper": 0.011,
    "equivalent_rate": 0.81,
    "block_spread": 0.012,
    "least_detectable_effect": 1.034,
    "band": 0.02,
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
