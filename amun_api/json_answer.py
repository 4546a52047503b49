"""JSON answers by pydantic's serializer: no model is built for an answer, the tests check its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from pydantic_core import to_json

from amun_api.surfaces import JSON_TYPE
from amun_core.redaction import redact_values


def json_answer(
    document: Any, status: int = 200, *, mimetype: str = JSON_TYPE, headers: Any = None
) -> Response:
    """A response whose body is `document` as JSON; times become RFC 3339, NaN and infinity null.

    Whatever a document quotes of a request (names, labels, origins) comes by here: the credentials
    of an address in it stay behind.
    """
    body = to_json(redact_values(document), inf_nan_mode="null")
    return Response(body, status, headers, content_type=mimetype)


def accepted_answer(document: Mapping[str, Any], path: str, *, replayed: bool) -> Response:
    """202 for something that is found at `path` from now on, or was there already (`replayed`)."""
    headers = {"Location": path}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    shown = {**document, "url": request.host_url.rstrip("/") + path, "replayed": replayed}
    return json_answer(shown, 202, headers=headers)


def next_page(kept: Iterable[tuple[str, Any]], cursor: str | None) -> dict[str, str]:
    """The Link header to the next page of this path, with the parameters `kept`; none at the end."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'}
