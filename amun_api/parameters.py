"""Typed parameters of requests: what flask-openapi3 documents is what it lets through.

pydantic alone would read "1_0", " 1" and "yes" as well: the types here take one spelling each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from amun_api.errors import InvalidQueryError
from amun_api.indicator_catalogue import nearest
from amun_core.errors import Fault, NotFoundError
from amun_core.redaction import shortened

_MAXIMUM_VALUE_CHARACTERS = 512
#: A line of a request holds thousands of names; looking for the nearest of each is not free.
_MAXIMUM_UNKNOWN = 20
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")
_IDENTITY = re.compile(r"[A-Za-z0-9-]{6,128}")

#: The type of a parameter that may be left out: OpenAPI has no null in a query.
Absent = SkipJsonSchema[None]


def _without_null_defaults(schema: dict[str, Any]) -> None:
    for shown in schema.get("properties", {}).values():
        if shown.get("default", "") is None:
            del shown["default"]


class Parameters(BaseModel):
    """Base of every set of parameters."""

    model_config = ConfigDict(frozen=True, json_schema_extra=_without_null_defaults)

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        """The schema, made once: the library asks for it with every request."""
        return _schema_of(cls, arguments, tuple(options.items()))


@cache
def _schema_of(
    model: type[Parameters], arguments: tuple[Any, ...], options: tuple[tuple[str, Any], ...]
) -> dict[str, Any]:
    return super(Parameters, model).model_json_schema(*arguments, **dict(options))


class PathParameters(Parameters):
    """Base of parameters in the path; what cannot be there is a 404."""

    model_config = ConfigDict(title="path parameter")


class HeaderParameters(Parameters):
    """Base of headers. There are always others, which are nobody's business here."""

    model_config = ConfigDict(title="header")


class QueryParameters(Parameters):
    """Base of query parameters. A misspelt filter must not widen a list: it is refused."""

    model_config = ConfigDict(title="query parameter")

    @model_validator(mode="before")
    @classmethod
    def _known_only(cls, given: dict[str, Any]) -> dict[str, Any]:
        unknown = [name for name in given if name not in cls.model_fields]
        if unknown:
            faults = tuple(
                _unknown(name, sorted(cls.model_fields)) for name in unknown[:_MAXIMUM_UNKNOWN]
            )
            named = faults[0].pointer.removeprefix("?")
            raise InvalidQueryError(
                f"query parameter {named!a} {faults[0].message}",
                hint=faults[0].hint,
                faults=faults,
            )
        return given


def _unknown(name: str, known: list[str]) -> Fault:
    hint = nearest(name, known) or f"known: {', '.join(known)}"
    return Fault(f"?{shortened(name, 80)}", "is not known here", hint)


def refuse_parameters(error: ValidationError) -> NoReturn:
    """Every fault of the parameters, as an error of ours; its handler knows both shapes."""
    mark = "?" if error.title == QueryParameters.model_config["title"] else ""
    faults = tuple(_fault(mark, details) for details in error.errors(include_url=False))
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    raise InvalidQueryError(
        f"{error.title} {first.pointer.removeprefix(mark)!a} {first.message}{more}",
        hint=first.hint,
        faults=faults,
    ) from None


def _fault(mark: str, details: ErrorDetails) -> Fault:
    message = details["msg"].removeprefix("String ")
    return Fault(f"{mark}{details['loc'][0]}", message, details.get("ctx", {}).get("hint"))


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """Annotates an int: digits of ASCII, within bounds."""

    minimum: int
    maximum: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        bounded = core_schema.int_schema(ge=self.minimum, le=self.maximum)
        return core_schema.no_info_before_validator_function(self.read, bounded)

    def read(self, text: str) -> int:
        """The number."""
        if _WHOLE_NUMBER.fullmatch(text) and self.minimum <= int(text) <= self.maximum:
            return int(text)
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        message = "must be a whole number from {minimum} to {maximum}"
        raise PydanticCustomError("whole_number", message, bounds)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    raise PydanticCustomError("printable", "must be printable characters")


def _truth(text: str) -> bool:
    if text in {"true", "1"}:
        return True
    if text in {"false", "0"}:
        return False
    raise PydanticCustomError("flag", "must be true or false")


Text = Annotated[
    str, StringConstraints(max_length=_MAXIMUM_VALUE_CHARACTERS), AfterValidator(_printable)
]
Flag = Annotated[bool, BeforeValidator(_truth)]
_Key = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern="^[!-~]+$")]


def _identity(text: str) -> str:
    """What cannot be an id is not looked up."""
    if _IDENTITY.fullmatch(text):
        return text
    raise NotFoundError(
        "inspection",
        text,
        hint="GET /api/v1/inspections lists them; a prefix needs 6 characters or more",
    )


class InspectionPath(PathParameters):
    """Which inspection."""

    inspection_id: Annotated[str, AfterValidator(_identity)] = Field(
        description="The inspection's id, or a prefix of it (or of its last eight characters) that "
        "only it has, of 6 characters or more.",
        json_schema_extra={"pattern": f"^{_IDENTITY.pattern}$"},
    )


class IdempotencyHeader(HeaderParameters):
    """A name of a request."""

    key: _Key | Absent = Field(
        None,
        alias="Idempotency-Key",
        description="A name of this request, drawn by the client: the same key with the same body "
        "gets the same inspection again, so that a lost answer may be asked for once more.",
    )
