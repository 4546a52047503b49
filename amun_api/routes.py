"""A route and what is documented of it, declared once: the URL map and OpenAPI both come from here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

View = Callable[..., ResponseReturnValue]
#: A pydantic model, or a JSON schema written by hand where the answer is no JSON object.
SchemaSource = type[BaseModel] | Mapping[str, Any]

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"


class Surface(StrEnum):
    """Which of the two error shapes a route speaks."""

    V1 = "v1"
    COMPATIBILITY = "compatibility"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a request: in the path, the query or a header."""

    name: str
    description: str
    schema: Mapping[str, Any]
    place: str = "query"
    explode: bool = False

    def document(self) -> dict[str, Any]:
        """The OpenAPI parameter object."""
        shown: dict[str, Any] = {
            "name": self.name,
            "in": self.place,
            "description": self.description,
            "required": self.place == "path",
            "schema": dict(self.schema),
        }
        if self.explode:
            shown |= {"style": "form", "explode": True}
        return shown


@dataclass(frozen=True, slots=True)
class Link:
    """Where an answer leads: an operation, and how its path parameter is found in this answer."""

    operation: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that can occur."""

    status: int
    description: str
    content: Mapping[str, SchemaSource] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON body of a request, with examples that are valid as they stand."""

    model: type[BaseModel]
    description: str
    examples: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path."""

    rule: str
    method: str
    view: View
    tag: str
    surface: Surface
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    faults: tuple[int, ...] = ()

    @property
    def operation(self) -> str:
        """The operationId, which is the name of the view."""
        return self.view.__name__

    @property
    def path(self) -> str:
        """The path as OpenAPI writes it."""
        return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", self.rule)


class Routes:
    """The routes of one part of the API, collected by its decorators."""

    def __init__(self, tag: str, surface: Surface) -> None:
        self.tag = tag
        self.surface = surface
        self.collected: list[Route] = []

    def get(
        self,
        rule: str,
        *answers: Answer,
        parameters: tuple[Parameter, ...] = (),
        faults: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Declare a GET. `faults` are the codes of errors it can answer beside the common ones."""
        return self._declare("GET", rule, answers, parameters, None, faults)

    def post(
        self,
        rule: str,
        *answers: Answer,
        parameters: tuple[Parameter, ...] = (),
        body: Body | None = None,
        faults: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Declare a POST."""
        return self._declare("POST", rule, answers, parameters, body, faults)

    def _declare(
        self,
        method: str,
        rule: str,
        answers: tuple[Answer, ...],
        parameters: tuple[Parameter, ...],
        body: Body | None,
        faults: tuple[int, ...],
    ) -> Callable[[View], View]:
        def collect(view: View) -> View:
            self.collected.append(
                Route(
                    rule=rule,
                    method=method,
                    view=view,
                    tag=self.tag,
                    surface=self.surface,
                    answers=answers,
                    parameters=parameters,
                    body=body,
                    faults=faults,
                )
            )
            return view

        return collect

    def register(self, app: Flask) -> None:
        """Add every collected route to the application's URL map."""
        for route in self.collected:
            app.add_url_rule(
                route.rule, endpoint=route.operation, view_func=route.view, methods=[route.method]
            )
