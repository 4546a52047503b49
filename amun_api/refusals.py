"""What the server itself answers before the application is asked: problem details as well."""

from __future__ import annotations

import http
import os
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from amun_api.access_log import log_request
from amun_api.errors import RequestError, compatibility_form, problem_form
from amun_api.headers import SECURITY_HEADERS
from amun_api.surfaces import JSON_TYPE, PROBLEM_TYPE, Surface, surface_of


@dataclass(slots=True)
class Refusal:
    """An error as waitress answers it, in the shape that the clients of the path read."""

    error: RequestError
    method: str = "-"
    path: str = ""
    remote: str | None = None

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body; writes the line of the log, as every answer has one."""
        status, request_id = self.error.status, os.urandom(8).hex()
        log_request(
            request_id=request_id,
            method=self.method,
            path=self.path,
            status=status,
            seconds=0.0,
            remote=self.remote,
        )
        document: dict[str, Any]
        if self.path and surface_of(self.path) is Surface.COMPATIBILITY:
            document, media = compatibility_form(self.error, {}), JSON_TYPE
        else:
            document, media = problem_form(self.error, status, request_id), PROBLEM_TYPE
        headers = {
            **SECURITY_HEADERS,
            **self.error.headers,
            "X-Request-ID": request_id,
            "Cache-Control": "no-store",
            "Content-Type": media,
        }
        return f"{status} {phrase_of(status)}", list(headers.items()), to_json(document)

    def to_bytes(self) -> bytes:
        """The whole answer, for a connection that is closed after it."""
        status, headers, body = self.to_response()
        headers += [("Content-Length", str(len(body))), ("Connection", "close")]
        lines = "\r\n".join(f"{name}: {value}" for name, value in headers)
        return f"HTTP/1.1 {status}\r\n{lines}\r\n\r\n".encode("latin-1") + body


def phrase_of(status: int) -> str:
    """The words of a status line."""
    return http.HTTPStatus(status).phrase
