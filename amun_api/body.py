"""Reading a request's body: declared as JSON, bounded, one document."""

from __future__ import annotations

from typing import Any

from flask import Request
from pydantic_core import from_json

from amun_api.errors import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError
from amun_core.errors import Fault
from amun_core.intake import pointer_of
from amun_core.redaction import shortened
from amun_core.specification import MAXIMUM_BODY_BYTES

_PIECE_BYTES = 64 * 1024


def require_json_type(request: Request, *, optional: bool = False) -> None:
    """Refuse what a web form can send: a page of another site cannot declare JSON unasked.

    `optional` is for requests that need no body: there a missing declaration is fine.
    """
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise UnsupportedMediaTypeError(
            f"the body must not be encoded, and it is declared as {coding}"[:200],
            hint="send it without Content-Encoding",
        )
    declared = request.mimetype
    if declared == "application/json" or (optional and not declared):
        return
    raise UnsupportedMediaTypeError(
        f"the body must be declared as application/json, not {shortened(declared or 'nothing', 120)}",
        hint="send the header Content-Type: application/json",
    )


def read_json(request: Request, *, maximum_bytes: int = MAXIMUM_BODY_BYTES) -> Any:
    """The body as a JSON value; also a chunked body is cut off at the bound."""
    require_json_type(request)
    raw = _read_bounded(request, maximum_bytes)
    try:
        document = from_json(raw, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        raise MalformedBodyError(
            f"the body is not valid JSON: {error}",
            hint="YAML and Python literals are not taken here; `amun inspection submit` converts YAML",
        ) from None
    if b"\\u0000" in raw:
        _refuse_nul(document, ())
    return document


def _read_bounded(request: Request, maximum_bytes: int) -> bytes:
    """The body's bytes. A chunked body has no length to look at before: it is counted."""
    length = request.content_length
    if length is not None:
        if length > maximum_bytes:
            raise _too_large(maximum_bytes)
        return request.get_data(cache=False)
    raw = bytearray()
    while piece := request.stream.read(_PIECE_BYTES):
        raw += piece
        if len(raw) > maximum_bytes:
            raise _too_large(maximum_bytes)
    return bytes(raw)


def _too_large(maximum_bytes: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"the body is larger than the {maximum_bytes} bytes that are taken")


def _refuse_nul(value: Any, path: tuple[str | int, ...]) -> None:
    """U+0000 is legal JSON, but no path, variable or database text can hold it."""
    if isinstance(value, str):
        if "\x00" in value:
            message = "holds the character U+0000"
            raise MalformedBodyError(
                f"the body {message}", faults=(Fault(pointer_of(*path), message),)
            )
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_nul(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, path)
            _refuse_nul(item, (*path, key))
