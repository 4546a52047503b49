"""Query parameters of lists: typed, bounded, and unknown ones named instead of ignored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Request
from packaging.utils import canonicalize_name

from amun_api.errors import InvalidQueryError
from amun_api.indicator_catalogue import nearest
from amun_core.errors import Fault
from amun_core.states import InspectionState
from knowledge_graph.records import InspectionFilter

_MAXIMUM_VALUE_CHARACTERS = 512
#: What an SQL integer holds on every database.
MAXIMUM_OFFSET = 2**63 - 1


def known_only(request: Request, known: Collection[str]) -> None:
    """A misspelt filter must not widen a list: unknown names are refused."""
    for name, value in request.args.items(multi=True):
        if name not in known:
            hint = nearest(name, known) or f"known: {', '.join(sorted(known))}"
            raise _invalid(name[:80], "is not known here", hint)
        if len(value) > _MAXIMUM_VALUE_CHARACTERS or not value.isprintable():
            raise _invalid(
                name, f"must be at most {_MAXIMUM_VALUE_CHARACTERS} printable characters"
            )


def integer(request: Request, name: str, default: int, minimum: int, maximum: int) -> int:
    """One whole number within bounds."""
    text = request.args.get(name)
    if text is None:
        return default
    # int() would also take "1_000", " 7 " and digits of other scripts
    if text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 20:
        value = int(text)
        if minimum <= value <= maximum:
            return value
    raise _invalid(name, f"must be a whole number from {minimum} to {maximum}")


def flag(request: Request, name: str) -> bool:
    """One truth value; absent means false."""
    text = request.args.get(name, "false")
    if text in {"true", "1"}:
        return True
    if text in {"false", "0"}:
        return False
    raise _invalid(name, "must be true or false")


def inspection_filter(request: Request) -> InspectionFilter:
    """What to list."""
    arguments = request.args
    return InspectionFilter(
        states=frozenset(_states(arguments.getlist("state"))),
        labels=dict(_label(text) for text in arguments.getlist("label")),
        indicator=arguments.get("indicator"),
        framework=arguments.get("framework"),
        package=_package(arguments.get("package")),
        host=arguments.get("host"),
    )


def _states(values: list[str]) -> list[InspectionState]:
    known = [state.value for state in InspectionState]
    wanted = [word.strip() for value in values for word in value.split(",")]
    for word in wanted:
        if word not in known:
            hint = nearest(word, known) or f"known: {', '.join(known)}"
            raise _invalid("state", f"{word[:40]!a} is no state", hint)
    return [InspectionState(word) for word in wanted]


def _package(text: str | None) -> str | None:
    if text is None:
        return None
    name, separator, version = text.partition("==")
    return canonicalize_name(name.strip()) + separator + version.strip()


def _label(text: str) -> tuple[str, str | None]:
    key, separator, value = text.partition("=")
    if not key:
        raise _invalid("label", "must be KEY=VALUE, or KEY for any value")
    return key, value if separator else None


def _invalid(name: str, message: str, hint: str | None = None) -> InvalidQueryError:
    text = f"query parameter {name!a} {message}"
    faults: tuple[Any, ...] = (Fault(f"?{name}", message, hint),)
    return InvalidQueryError(text, hint=hint, faults=faults)
