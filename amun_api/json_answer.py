"""JSON answers by pydantic's serializer: no model is built for an answer, the tests check its form."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic_core import to_json

from amun_api.surfaces import JSON_TYPE


def json_answer(
    document: Any, status: int = 200, *, mimetype: str = JSON_TYPE, headers: Any = None
) -> Response:
    """A response whose body is `document` as JSON; times become RFC 3339, NaN and infinity null."""
    return Response(to_json(document, inf_nan_mode="null"), status, headers, content_type=mimetype)
