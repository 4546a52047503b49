"""The OpenAPI 3.1 document, made from the declared routes and the models they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from amun_api.compatibility_models import CompatibilityError
from amun_api.errors import status_phrase
from amun_api.routes import (
    JSON_TYPE,
    PROBLEM_TYPE,
    Answer,
    Link,
    Route,
    SchemaSource,
    Surface,
)
from amun_api.v1.models import Problem
from amun_api.version import VERSION

#: What any request may be answered with, whatever the route.
COMMON_FAULTS = (401, 403, 503)

_FAULT_WORDS = {
    400: "The request is malformed.",
    401: "A bearer token is needed (only where the service was set up with tokens).",
    403: "The Host or Origin of the request is foreign.",
    404: "Nothing has this identity.",
    405: "This path does not take this method.",
    409: "The request does not fit the present state.",
    413: "The body is too large.",
    415: "The body is not declared as application/json.",
    422: "The document is not valid; `errors` points to every fault.",
    503: "The database does not answer just now; try again after Retry-After seconds.",
}
_FAULT_HEADERS = {
    401: {"WWW-Authenticate": "How to authenticate."},
    405: {"Allow": "The methods this path takes."},
    503: {"Retry-After": "Seconds to wait."},
}
_DESCRIPTION = (
    "Amun measures which fully pinned software stack runs a program fastest. Times are RFC 3339 "
    "UTC; units stand in the names. Every answer carries X-Request-ID; errors of the project's own "
    "API are problem details (RFC 9457), those of the compatibility routes {error, parameters}."
)
_TAGS = {
    "inspection": "Submit, list, watch and read inspections.",
    "indicator": "The performance indicators that can be asked for.",
    "service": "Signs of life and counters.",
    "compatibility": "The API of the prior system, for its clients.",
}
_COMMON_HEADERS = {
    "X-Request-ID": "Names this request in the log.",
    "X-Amun-Version": "Version of the service.",
}


def openapi_document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document."""
    collected = tuple(routes)
    schemas = _Schemas(collected)
    paths: dict[str, dict[str, Any]] = {}
    for route in collected:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Amun", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        # either is enough: on loopback no token is needed
        "security": [{}, {"token": []}],
    }


class _Schemas:
    """The models that the routes name, as components: one for reading, one for writing."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
            (Problem, "serialization"): None,
            (CompatibilityError, "serialization"): None,
        }
        for route in routes:
            if route.body is not None:
                wanted[route.body.model, "validation"] = None
            for answer in route.answers:
                for source in answer.content.values():
                    if isinstance(source, type):
                        wanted[source, "serialization"] = None
        self._references, definitions = models_json_schema(
            list(wanted), ref_template="#/components/schemas/{model}"
        )
        self.components: dict[str, Any] = definitions["$defs"]

    def of(self, source: SchemaSource, mode: JsonSchemaMode) -> dict[str, Any]:
        """A reference to a model's component, or the schema itself."""
        if isinstance(source, Mapping):
            return dict(source)
        return self._references[source, mode]


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    summary, _, rest = (route.view.__doc__ or "").strip().partition("\n")
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": summary,
        "parameters": [parameter.document() for parameter in route.parameters],
        "responses": _responses(route, schemas),
    }
    description = " ".join(rest.split())
    if description:
        operation["description"] = description
    if route.body is not None:
        media: dict[str, Any] = {"schema": schemas.of(route.body.model, "validation")}
        if route.body.examples:
            media["examples"] = {
                name: {"value": value} for name, value in route.body.examples.items()
            }
        operation["requestBody"] = {
            "required": True,
            "description": route.body.description,
            "content": {JSON_TYPE: media},
        }
    return operation


def _responses(route: Route, schemas: _Schemas) -> dict[str, Any]:
    responses = {str(answer.status): _response(answer, schemas) for answer in route.answers}
    for status in sorted({*route.faults, *COMMON_FAULTS}):
        responses[str(status)] = _response(_fault(status, route.surface), schemas)
    return responses


def _fault(status: int, surface: Surface) -> Answer:
    content: dict[str, SchemaSource] = (
        {JSON_TYPE: CompatibilityError}
        if surface is Surface.COMPATIBILITY
        else {PROBLEM_TYPE: Problem}
    )
    words = _FAULT_WORDS.get(status, status_phrase(status))
    return Answer(status, words, content, headers=_FAULT_HEADERS.get(status, {}))


def _response(answer: Answer, schemas: _Schemas) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": answer.description,
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in {**_COMMON_HEADERS, **answer.headers}.items()
        },
    }
    if answer.content:
        response["content"] = {
            media: {"schema": schemas.of(source, "serialization")}
            for media, source in answer.content.items()
        }
    if answer.links:
        response["links"] = {name: _link(link) for name, link in answer.links.items()}
    return response


def _link(link: Link) -> dict[str, Any]:
    return {"operationId": link.operation, "parameters": dict(link.parameters)}
