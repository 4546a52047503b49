"""What flask-openapi3 is told beside models and views: errors, headers, links, bodies.

The library makes the OpenAPI document from the typed parameters of the views and from the models of
their answers; a model says by `answered` what stands around it.
"""

from __future__ import annotations

import http
from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask_openapi3 import APIBlueprint, Tag
from flask_openapi3.models import OPENAPI3_REF_PREFIX
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, ConfigDict

from amun_api.surfaces import JSON_TYPE, PROBLEM_TYPE, Surface

#: What any request may be answered with, whatever the route.
COMMON_FAULTS = (400, 401, 403, 408, 413, 414, 417, 431, 501, 503, 505)
#: Names of the models of the two error shapes; errors have a type of content that no model names.
_ERROR_CONTENT = {
    Surface.V1: (PROBLEM_TYPE, "Problem"),
    Surface.COMPATIBILITY: (JSON_TYPE, "CompatibilityError"),
}
_FAULT_WORDS = {
    400: "The request is malformed.",
    401: "A bearer token is needed (only where the service was set up with tokens).",
    403: "The Host or Origin of the request is foreign.",
    404: "Nothing has this identity.",
    405: "This path does not take this method.",
    408: "The request did not arrive in time.",
    409: "The request does not fit the present state.",
    413: "The body is too large.",
    414: "The request line is too long.",
    415: "The body is not declared as application/json.",
    417: "Nothing but 100-continue can be expected.",
    422: "The document is not valid; `errors` points to every fault.",
    431: "The headers are too large.",
    501: "No transfer coding but chunked is read.",
    503: "The database does not answer just now; try again after Retry-After seconds.",
    505: "The request is of another version than HTTP/1.1 and HTTP/1.0.",
}
_FAULT_HEADERS = {
    401: {"WWW-Authenticate": "How to authenticate."},
    405: {"Allow": "The methods this path takes."},
    503: {"Retry-After": "Seconds to wait."},
}
_TAGS = {
    "inspection": "Submit, list, watch and read inspections.",
    "comparison": "Compare two stacks, with a verdict and its evidence.",
    "sweep": "Measure many stacks in rounds, in one request.",
    "stack": "Ask about the space of valid stacks: how many, which, the best.",
    "host": "The hosts, and what each can detect.",
    "indicator": "The performance indicators that can be asked for.",
    "service": "Signs of life and counters.",
    "compatibility": "The API of the prior system, for its clients.",
}
_COMMON_HEADERS = {
    "X-Request-ID": "Names this request in the log.",
    "X-Amun-Version": "Version of the service.",
}


def part(name: str, tag: str, surface: Surface) -> APIBlueprint:
    """One part of the API. Its views are registered by the decorators of what this returns."""
    return APIBlueprint(
        name,
        __name__,
        abp_tags=[Tag(name=tag, description=_TAGS[tag])],
        abp_responses=faults(surface, *COMMON_FAULTS),
        operation_id_callback=_operation_id,
    )


def _operation_id(*, name: str, path: str, method: str) -> str:  # noqa: ARG001 - called by name
    """The operationId is the name of the view."""
    return name


def faults(surface: Surface, *statuses: int) -> ResponseDict:
    """The errors that a route can answer beside the common ones."""
    media, model = _ERROR_CONTENT[surface]
    content = {media: {"schema": {"$ref": f"{OPENAPI3_REF_PREFIX}/{model}"}}}
    return {
        status: response(
            _FAULT_WORDS.get(status, http.HTTPStatus(status).phrase),
            content=content,
            headers=_FAULT_HEADERS.get(status),
        )
        for status in statuses
    }


def response(
    description: str,
    *,
    content: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    links: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An OpenAPI response object; `headers` are names and what they mean."""
    document: dict[str, Any] = {
        "description": description,
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in {**_COMMON_HEADERS, **(headers or {})}.items()
        },
    }
    if content is not None:
        document["content"] = dict(content)
    if links is not None:
        document["links"] = dict(links)
    return document


def answered(description: str, **around: Any) -> ConfigDict:
    """The model_config of a model that is an answer: what stands around it, as for `response`."""
    return cast("ConfigDict", {"openapi_extra": response(description, **around)})


def links(operations: Iterable[str], **parameters: str) -> dict[str, Any]:
    """Where an answer leads: operations, and how their path parameter is found in this answer."""
    return {name: {"operationId": name, "parameters": parameters} for name in operations}


def json_body(
    model: type[BaseModel], description: str, examples: Mapping[str, Any]
) -> dict[str, Any]:
    """The extension of an operation that documents a JSON body which the view reads itself.

    The border for such documents is the core's own parser: it mends and warns where a model would
    refuse, so the library must not validate them.
    """
    media = {
        "schema": {"$ref": f"{OPENAPI3_REF_PREFIX}/{model.__name__}"},
        "examples": {name: {"value": value} for name, value in examples.items()},
    }
    return {
        "requestBody": {
            "required": True,
            "description": description,
            "content": {JSON_TYPE: media},
        }
    }
