"""Reading a request as it arrives: what is too large or malformed is refused with a document.

waitress reads a request whole before a thread is used for it. Here stand the bounds, and what
RFC 9112 wants refused beyond that: two lengths of one body, versions that we do not speak.
"""

from __future__ import annotations

import re
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import (
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    ServerNotImplemented,
)

from amun_api.errors import BodyTooLargeError, HeadTooLargeError, RequestError
from amun_api.refusals import Refusal
from amun_core.specification import MAXIMUM_BODY_BYTES

#: Method, address and version: RFC 9112 recommends that at least 8000 bytes are taken.
MAXIMUM_LINE_BYTES = 8190
#: The line and all headers.
MAXIMUM_HEAD_BYTES = 64 * 1024
_VERSIONS = frozenset({"1.0", "1.1"})
_CHUNKED_TWICE = re.compile(rb"(?im)^transfer-encoding:[^\r]*chunked[^\r]*chunked")
_LINE_SHOWN = re.compile(rb"([!-~]{1,32}) ([!-~]{1,200})")


class RequestParser(HTTPRequestParser):  # type: ignore[misc]
    """One request."""

    error: Any
    command = "-"
    path = ""

    def received(self, data: bytes) -> int:
        """Take what came; returns how much of it belongs to this request."""
        pending = self.header_plus
        used = int(super().received(data))
        if self.error is None and self.body_rcv is None and not self.headers_finished:
            self._bound_line()
        if self.chunked and self.error is None:
            self._bound_chunk()
        if isinstance(self.error, RequestHeaderFieldsTooLarge) and _has_long_line(pending + data):
            self._refuse_line()
        elif self.error is not None and not isinstance(self.error, Refusal):
            self.error = self._refusal(data)
            self.expect_continue = False
        return used

    def parse_header(self, header_plus: bytes) -> None:
        """Read line and headers, then refuse what waitress is lenient about."""
        if len(header_plus.partition(b"\r\n")[0]) > MAXIMUM_LINE_BYTES:
            self._refuse_line()
            return
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of thousands of digits, an address that is none
            raise ParsingError(str(error)) from None
        if self.proxy_netloc:  # RFC 9112: an address with a host in it stands for the Host header
            self.headers["HOST"] = self.proxy_netloc
        if self.version not in _VERSIONS:
            self._refuse(505, "this service speaks HTTP/1.1 and HTTP/1.0")
        elif self.version == "1.1" and "HOST" not in self.headers:
            raise ParsingError("the Host header is missing")
        elif (self.chunked and "CONTENT_LENGTH" in self.headers) or (
            self.version == "1.0" and "TRANSFER_ENCODING" in self.headers
        ):
            raise ParsingError("the length of the body is given in two ways")
        elif self.chunked and _CHUNKED_TWICE.search(header_plus):
            raise ParsingError("chunks within chunks")
        elif self.headers.get("EXPECT", "100-continue").lower() != "100-continue":
            self._refuse(417, "nothing but 100-continue can be expected of this service")

    def refuse(self, error: RequestError) -> None:
        """End the reading here: the request is answered with `error`."""
        self.error = Refusal(error, self.command, self.path)
        self.completed = True
        self.expect_continue = False

    def _refuse(self, status: int, message: str) -> None:
        error = RequestError(message)
        error.status = status
        self.refuse(error)
        self.body_rcv, self.content_length = None, 0

    def _bound_line(self) -> None:
        if _has_long_line(self.header_plus):
            self._refuse_line()

    def _bound_chunk(self) -> None:
        announced = int(getattr(self.body_rcv, "chunk_remainder", 0))
        if announced + self.body_bytes_received > MAXIMUM_BODY_BYTES:
            self.error = RequestEntityTooLarge("")
            self.completed = True

    def _refuse_line(self) -> None:
        self.command, self.path = "-", ""
        error = HeadTooLargeError(
            f"the request line is longer than the {MAXIMUM_LINE_BYTES} bytes that are taken"
        )
        error.status = 414
        self.refuse(error)

    def _refusal(self, data: bytes) -> Refusal:
        """Waitress' own error as one of ours."""
        found, error = self.error, RequestError("the request is no HTTP")
        if isinstance(found, RequestHeaderFieldsTooLarge):
            error = HeadTooLargeError(
                f"the headers are larger than the {MAXIMUM_HEAD_BYTES} bytes that are taken"
            )
            shown = _LINE_SHOWN.match(self.header_plus + data)
            self.command, self.path = (
                (part.decode("ascii") for part in shown.groups()) if shown else ("-", "")
            )
        elif isinstance(found, RequestEntityTooLarge):
            error = BodyTooLargeError(
                f"the body is larger than the {MAXIMUM_BODY_BYTES} bytes that are taken"
            )
        else:
            error = RequestError(f"the request is no valid HTTP: {found.body}"[:200])
            error.status = 501 if isinstance(found, ServerNotImplemented) else 400
        return Refusal(error, self.command, self.path)


def _has_long_line(head: bytes) -> bool:
    """True where the first line is too long, whether its end has come or not."""
    return len(head) > MAXIMUM_LINE_BYTES and b"\r\n" not in head[: MAXIMUM_LINE_BYTES + 2]
