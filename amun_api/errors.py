"""Every error as an HTTP answer. This is the only place that knows which error has which status.

Own API: RFC 9457 problem details. Compatibility routes: {error, parameters}, as their clients expect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from amun_api.json_answer import json_answer
from amun_api.surfaces import PROBLEM_TYPE, Surface, surface_of
from amun_core.errors import (
    AmunError,
    ConflictError,
    Fault,
    IdempotencyConflictError,
    InvalidComparisonError,
    InvalidInputError,
    InvalidLockError,
    InvalidSpecificationError,
    InvalidStackQuestionError,
    InvalidSweepError,
    NotFoundError,
    StorageError,
)
from amun_core.redaction import redact_text

logger = structlog.get_logger("amun_api")

PROBLEM_ADDRESS = "/openapi/problems#"


class RequestError(AmunError):
    """The request cannot be answered as it was sent."""

    code = "A700"
    status = 400

    def __init__(
        self,
        message: str = "",
        *,
        hint: str | None = None,
        faults: tuple[Fault, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.faults = faults
        self.headers = dict(headers or {})


class MalformedBodyError(RequestError):
    """The body is not one JSON document."""

    code = "A701"


class InvalidQueryError(RequestError):
    """A query parameter or header is not valid."""

    code = "A702"


class UnauthenticatedError(RequestError):
    """A bearer token is needed."""

    code = "A703"
    status = 401


class ForeignRequestError(RequestError):
    """The request names another host or comes from a page of another origin."""

    code = "A704"
    status = 403


class BodyTooLargeError(RequestError):
    """The body is larger than its bound."""

    code = "A705"
    status = 413


class UnsupportedMediaTypeError(RequestError):
    """The body is not declared as JSON."""

    code = "A706"
    status = 415


class NoSuchPathError(RequestError):
    """There is nothing at this path."""

    code = "A707"
    status = 404


class WrongMethodError(RequestError):
    """The path does not take this method."""

    code = "A708"
    status = 405


class HeadTooLargeError(RequestError):
    """The request line or the headers are larger than their bound."""

    code = "A709"
    status = 431


class WorkersGoneError(RequestError):
    """No worker of a role works; what is submitted waits."""

    code = "A401"
    status = 503


class InternalError(RequestError):
    """The service failed; its log says why under the request id."""

    code = "A799"
    status = 500


#: First match wins; RequestError carries its own status.
_STATUSES: tuple[tuple[type[AmunError], int], ...] = (
    (InvalidSpecificationError, 422),
    (InvalidLockError, 422),
    (InvalidComparisonError, 422),
    (InvalidSweepError, 422),
    (InvalidStackQuestionError, 422),
    (InvalidInputError, 400),
    (NotFoundError, 404),
    (IdempotencyConflictError, 409),
    (ConflictError, 409),
    (StorageError, 503),
)

#: The errors that can reach a client, for the readable page and for `amun explain`.
DOCUMENTED_ERRORS: tuple[type[AmunError], ...] = (
    InvalidInputError,
    InvalidSpecificationError,
    InvalidLockError,
    InvalidComparisonError,
    InvalidStackQuestionError,
    InvalidSweepError,
    NotFoundError,
    ConflictError,
    IdempotencyConflictError,
    StorageError,
    RequestError,
    MalformedBodyError,
    InvalidQueryError,
    UnauthenticatedError,
    ForeignRequestError,
    BodyTooLargeError,
    UnsupportedMediaTypeError,
    NoSuchPathError,
    WrongMethodError,
    HeadTooLargeError,
    WorkersGoneError,
    InternalError,
)

_RETRY_AFTER_SECONDS = "2"


def status_of(error: AmunError, surface: Surface = Surface.V1) -> int:
    """The HTTP status of an error. The compatibility surface knows 400 where ours says 422."""
    if isinstance(error, RequestError):
        return error.status
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return 400 if status == 422 and surface is Surface.COMPATIBILITY else status
    return 500


def summary_of(kind: type[AmunError]) -> str:
    """One sentence about a kind of error: the first line of its docstring."""
    return (kind.__doc__ or "").strip().splitlines()[0]


def problem_form(error: AmunError, status: int, request_id: str) -> dict[str, Any]:
    """The RFC 9457 document of an error."""
    faults: tuple[Fault, ...] = getattr(error, "faults", ())
    return {
        "type": PROBLEM_ADDRESS + error.code,
        "title": summary_of(type(error)),
        "status": status,
        "detail": redact_text(str(error)),
        "code": error.code,
        "errors": [
            {
                "pointer": fault.pointer,
                "message": redact_text(fault.message),
                "hint": redact_text(fault.hint) if fault.hint else None,
            }
            for fault in faults
        ],
        "request_id": request_id,
        "hint": error.hint,
    }


def compatibility_form(error: AmunError, parameters: dict[str, Any]) -> dict[str, Any]:
    """The {error, parameters} document of the prior system."""
    text = str(error)
    faults: tuple[Fault, ...] = getattr(error, "faults", ())
    if len(faults) > 1:  # one fault stands in the message already
        text = "; ".join(f"{fault.pointer or 'the document'}: {fault.message}" for fault in faults)
    return {"error": redact_text(text), "parameters": parameters}


def answer_error(error: AmunError) -> Response:
    """The HTTP answer of an error, in the shape that the clients of this path read."""
    surface = surface_of(request.path)
    status = status_of(error, surface)
    if surface is Surface.COMPATIBILITY:
        parameters = {**(request.view_args or {}), **request.args.to_dict()}
        response = json_answer(compatibility_form(error, parameters), status)
    else:
        document = problem_form(error, status, g.get("request_id", ""))
        response = json_answer(document, status, mimetype=PROBLEM_TYPE)
    if isinstance(error, RequestError):
        response.headers.update(error.headers)
    if status == 503:
        response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return response


def _from_http_exception(error: HTTPException) -> AmunError:
    """What Flask and Werkzeug raise on their own, as an error of ours."""
    if isinstance(error, NotFound):
        return NoSuchPathError(
            f"nothing at {request.path}", hint="GET /openapi/ lists every path of this service"
        )
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return WrongMethodError(
            f"{request.path} takes {allowed}, not {request.method}", headers={"Allow": allowed}
        )
    wrapped = RequestError(error.description or "")
    wrapped.status = error.code or 500
    return wrapped


def register_error_handlers(app: Flask) -> None:
    """Let every error leave the application in one of the two shapes."""

    def from_ours(error: AmunError) -> Response:
        if status_of(error) == 500:
            return from_unexpected(error)
        return answer_error(error)

    def from_http(error: HTTPException) -> Response | HTTPException:
        if error.code is not None and error.code < 400:
            return error  # a redirect of the URL map is no error
        return answer_error(_from_http_exception(error))

    def from_unexpected(error: Exception) -> Response:
        logger.error(
            "internal error",
            action="request_failed",
            request_id=g.get("request_id", ""),
            method=request.method,
            path=request.path,
            exc_info=error,
        )
        return answer_error(InternalError())

    app.register_error_handler(AmunError, from_ours)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, from_unexpected)
