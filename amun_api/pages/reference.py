"""The readable page of the API, the OpenAPI document behind it, and the page of error codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

from flask import Flask, Response, render_template
from werkzeug.wrappers import Response as WerkzeugResponse

from amun_api.errors import DOCUMENTED_ERRORS, status_of, summary_of
from amun_api.json_answer import json_answer
from amun_api.version import VERSION
from amun_core.errors import AmunError

_HTML = "text/html; charset=utf-8"
_CACHE = {"Cache-Control": "public, max-age=300"}


def register(app: Flask, documented: Callable[[], dict[str, Any]]) -> None:
    """Add the pages. They are no part of the API: the document does not list them."""
    style = files("amun_api.pages").joinpath("static/style.css").read_text(encoding="utf-8")

    def openapi_json() -> Response:
        return json_answer(documented(), headers=_CACHE)

    def openapi_page() -> WerkzeugResponse:
        document = documented()
        page = render_template(
            "reference.html",
            document=document,
            groups=list(operation_groups(document)),
            schemas=sorted(document["components"]["schemas"].items()),
            pretty=_pretty,
            type_of=type_words,
        )
        return Response(page, content_type=_HTML, headers=_CACHE)

    def problems_page() -> WerkzeugResponse:
        page = render_template("problems.html", problems=problem_rows(), version=VERSION)
        return Response(page, content_type=_HTML, headers=_CACHE)

    def style_sheet() -> Response:
        return Response(style, content_type="text/css; charset=utf-8", headers=_CACHE)

    app.add_url_rule("/openapi/openapi.json", "openapi_json", openapi_json)
    app.add_url_rule("/openapi", "openapi_page", openapi_page)
    app.add_url_rule("/api/v1/ui", "openapi_page_of_old", openapi_page)
    app.add_url_rule("/openapi/problems", "problems_page", problems_page)
    app.add_url_rule("/openapi/style.css", "openapi_style", style_sheet)


def operation_groups(
    document: dict[str, Any],
) -> Iterator[tuple[dict[str, str], list[dict[str, Any]]]]:
    """For each tag its operations, with their method and path."""
    for tag in document["tags"]:
        operations = [
            {"method": method.upper(), "path": path, **operation}
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        yield tag, operations


def problem_rows() -> list[dict[str, Any]]:
    """Code, status, name and meaning of every error that reaches a client."""
    kinds: list[type[AmunError]] = sorted(DOCUMENTED_ERRORS, key=lambda kind: kind.code)
    return [
        {
            "code": kind.code,
            # the status depends on the class alone
            "status": status_of(kind.__new__(kind)),
            "name": kind.__name__.removesuffix("Error"),
            "meaning": summary_of(kind),
        }
        for kind in kinds
    ]


def type_words(schema: Any) -> str:
    """A schema in a few words: "string", "Inspection", "array of string"."""
    if not isinstance(schema, dict) or not schema:
        return "any"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(type_words(part) for part in schema[key])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {type_words(schema.get('items'))}"
    return str(schema.get("type", "any"))


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
