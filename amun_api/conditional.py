"""Conditional requests (RFC 9110, section 13): one meaning of If-None-Match for every route."""

from __future__ import annotations

from flask import Response
from werkzeug.http import parse_etags, unquote_etag


def unchanged(sent: str | None, etag: str) -> Response | None:
    """304 where the client has what `etag` names; None where it must be sent.

    The comparison is weak, as the RFC has it for If-None-Match: W/"a" and "a" are the same. What is
    no list of tags names none.
    """
    opaque, _ = unquote_etag(etag)
    if sent is None or not opaque or not parse_etags(sent.strip()).contains_weak(opaque):
        return None
    return Response(status=304, headers=fresh(etag))


def fresh(etag: str) -> dict[str, str]:
    """The headers of an answer that may be asked for again by its tag."""
    return {"ETag": etag, "Cache-Control": "no-cache"}
