"""pydantic's validation errors as faults that a person understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from amun_core.intake import Intake, pointer_of, shown

#: pydantic's error type -> what is expected. Types that are not here keep pydantic's own words.
_EXPECTED = {
    "int_type": "a whole number is expected",
    "string_type": "a text is expected",
    "bool_type": "true or false is expected",
    "dict_type": "an object is expected",
    "list_type": "an array is expected",
    "tuple_type": "an array is expected",
    "model_type": "an object is expected",
}

_PATTERNS = {
    "base": "the name of a container image is expected, such as registry/name:tag",
    "identifier": "up to 50 lower-case letters, digits and hyphens are expected",
    "packages": "the name of a native package is expected",
    "labels": "up to 63 letters, digits and . _ / - are expected",
    "indicator": "a name of lower-case letters, digits and _ is expected",
    "environment": "the name of an environment variable is expected",
    "target": "a Python such as 3.12, or a C library such as 'glibc 2.36', is expected",
    "rank": "a whole number is expected",
}


def add_validation_faults(error: ValidationError, intake: Intake) -> None:
    """One fault for each value that is wrong, however many rules it breaks."""
    seen = {fault.pointer for fault in intake.faults}
    for item in error.errors(include_url=False, include_context=True):
        path = tuple(part for part in item["loc"] if part != "[key]")
        if path[:2] == ("indicator", "parameters") and len(path) > 3:
            # a union: pydantic names each alternative behind the parameter
            path = path[:3]
            message = "a text, a number, true, false or null is expected"
        else:
            message = _message(item, path)
        pointer = pointer_of(*path)
        if pointer not in seen:
            seen.add(pointer)
            intake.fault(pointer, message)


def _message(item: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    kind, value = item["type"], item.get("input")
    # what may be a secret or long is not repeated
    named = "" if path and path[-1] in {"value", "content", "script"} else f", not {shown(value)}"
    if kind == "missing":
        return "is missing"
    if kind in _EXPECTED:
        return _EXPECTED[kind] + named
    if kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(str(path[0]) if path else "", "another form is expected")
        return expected + named
    if kind in {"enum", "literal_error"}:
        return f"{item['ctx']['expected']} is expected{named}"
    text = str(item["msg"])
    return text[:1].lower() + text[1:] + (named if kind != "string_too_long" else "")
