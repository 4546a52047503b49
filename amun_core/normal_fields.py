"""Mends what published documents get wrong, field by field, and says so.

What the fields may be stands once in `SHAPE`; a value that fits neither it nor a known sloppiness
is left alone: the strict validation that follows names the fault.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any

from amun_core.intake import Intake, pointer_of, shown
from amun_core.normal_precision import mend_precision
from amun_core.specification import SPECIFICATION_SCHEMA, Specification

_SAFE_INTEGER = 2**53
_ADVISED_FAULTS = 20
_LONGEST_LIST = 1000


class Kind(Enum):
    """What a plain value must be."""

    TEXT = "text"
    INTEGER = "whole number"
    BOOLEAN = "true or false"
    FREE = "anything"


_TEXT, _INTEGER, _BOOLEAN, _FREE = Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN, Kind.FREE

_STAGE: dict[str, Any] = {
    "requests": {
        "cpu": _TEXT,
        "memory": _TEXT,
        "hardware": {
            "cpu_family": _INTEGER,
            "cpu_model": _INTEGER,
            "processor": _TEXT,
            "physical_cpus": _INTEGER,
        },
    }
}

#: Every field that is read; a list holds the shape of its members. `python` is read elsewhere.
SHAPE: dict[str, Any] = {
    "base": _TEXT,
    "identifier": _TEXT,
    "runs": _INTEGER,
    "batch_size": _INTEGER,
    "precision": {
        "relative_half_width": _FREE,
        "confidence": _FREE,
        "maximum_runs": _INTEGER,
        "maximum_seconds": _INTEGER,
        "adapt_iterations": _BOOLEAN,
    },
    "package_manager": _TEXT,
    "packages": [_TEXT],
    "python_packages": [_TEXT],
    "python": _FREE,
    "build": _STAGE,
    "run": _STAGE,
    "files": [{"path": _TEXT, "content": _TEXT}],
    "environment": [{"name": _TEXT, "value": _TEXT}],
    "script": _TEXT,
    "script_name": _TEXT,
    "update": _BOOLEAN,
    "upgrade_pip": _BOOLEAN,
    "send_messages": _BOOLEAN,
    "force_sync": _BOOLEAN,
    "indicator": {"name": _TEXT, "framework": _TEXT, "parameters": _FREE},
    "engine": _TEXT,
    "limits": {
        "build_seconds": _INTEGER,
        "run_seconds": _INTEGER,
        "output_bytes": _INTEGER,
        "pids": _INTEGER,
    },
    "labels": _FREE,
    "schema": _TEXT,
}

#: Keys that published documents carry at the top and that ask for nothing.
KNOWN_IDLE_KEYS = frozenset({"created", "datetime", "hostname", "inspection_id"})

_DIGITS = re.compile(r"[+-]?[0-9]{1,15}")


def mend_fields(
    document: Mapping[str, Any],
    surface: str,
    intake: Intake,
    given_parameters: Collection[str] | None = None,
) -> dict[str, Any]:
    """The fields of a document with known sloppiness mended; `python` is passed on as it is."""
    fields: dict[str, Any] = _mend_object(dict(document), SHAPE, (), surface, intake)
    mend_precision(fields, surface, given_parameters)
    _mend_runs(fields, surface, intake)
    _mend_identifier(fields, intake)
    _mend_labels(fields, intake)
    schema = fields.pop("schema", SPECIFICATION_SCHEMA)
    if schema != SPECIFICATION_SCHEMA:
        intake.fault("/schema", f"{shown(schema)} is not known, {SPECIFICATION_SCHEMA!r} is")
    if fields.get("script") == "":
        intake.warn("/script", "an empty text was read as absent")
        del fields["script"]
    _mend_environment(fields, intake)
    return fields


def note_unknown_key(
    path: tuple[str | int, ...], key: str, known: Collection[str], surface: str, intake: Intake
) -> None:
    """A key nobody reads: a warning, or on v1 a fault with the nearest key that is read."""
    pointer = pointer_of(*path, key)
    idle = key.startswith("@") or (not path and key in KNOWN_IDLE_KEYS)
    if idle or surface == "compatibility":
        intake.warn(pointer, "unknown key, has no effect")
        return
    # the search for a near key is slow: a document full of unknown ones gets no advice
    few = len(intake.faults) < _ADVISED_FAULTS
    near = difflib.get_close_matches(key[:64], known, n=1) if few else []
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
    intake.fault(pointer, "unknown key", hint)


def _mend_object(
    value: dict[str, Any],
    shape: dict[str, Any],
    path: tuple[str | int, ...],
    surface: str,
    intake: Intake,
) -> dict[str, Any]:
    mended = {}
    for key, item in value.items():
        if key not in shape:
            note_unknown_key(path, key, shape.keys(), surface, intake)
        elif item is None:
            intake.warn(pointer_of(*path, key), "null was read as absent")
        else:
            mended[key] = _mend(item, shape[key], (*path, key), surface, intake)
    return mended


def _mend(value: Any, shape: Any, path: tuple[str | int, ...], surface: str, intake: Intake) -> Any:
    if isinstance(shape, dict):
        return (
            _mend_object(value, shape, path, surface, intake) if isinstance(value, dict) else value
        )
    if isinstance(shape, list):
        if not isinstance(value, list):
            return value
        if len(value) > _LONGEST_LIST:
            # one fault for all: judging each member of a flood would keep the service busy
            intake.fault(pointer_of(*path), f"{len(value)} members are too many")
            return []
        return [
            _mend(item, shape[0], (*path, position), surface, intake)
            for position, item in enumerate(value)
        ]
    return _mend_scalar(value, shape, path, intake)


def _mend_scalar(value: Any, kind: Kind, path: tuple[str | int, ...], intake: Intake) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is Kind.INTEGER:
        if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            intake.warn(pointer_of(*path), f"the text {shown(value)} was read as a number")
            return int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < _SAFE_INTEGER:
            intake.warn(pointer_of(*path), f"{value!r} was read as a whole number")
            return int(value)
    elif kind is Kind.TEXT and is_number:
        # the value is not repeated: environment values come here too
        intake.warn(pointer_of(*path), "a number was read as a text")
        return str(value)
    elif kind is Kind.BOOLEAN:
        word = value.lower() if isinstance(value, str) else value
        if isinstance(value, str) and word in {"true", "false"}:
            intake.warn(pointer_of(*path), f"the text {shown(value)} was read as {word}")
            return word == "true"
        if type(value) is int and value in {0, 1}:
            intake.warn(pointer_of(*path), f"the number {value} was read as true or false")
            return bool(value)
    return value


def _mend_runs(fields: dict[str, Any], surface: str, intake: Intake) -> None:
    old = fields.pop("batch_size", None)
    if old is not None:
        if fields.get("runs", old) != old:
            intake.fault("/batch_size", "differs from runs, whose old name it is")
        elif type(old) is not int or not 1 <= old <= 1000:
            # said here, so that the pointer names the key that was sent
            intake.fault(
                "/batch_size", f"a whole number from 1 to 1000 is expected, not {shown(old)}"
            )
        else:
            fields["runs"] = old
    elif surface == "compatibility":
        fields.setdefault("runs", 1)


def _mend_identifier(fields: dict[str, Any], intake: Intake) -> None:
    given = fields.get("identifier")
    if not isinstance(given, str):
        return
    mended = re.sub(r"[_. ]", "-", given.strip().lower())
    if not mended:
        intake.warn("/identifier", "an empty text was read as absent")
        del fields["identifier"]
    elif mended != given:
        intake.warn("/identifier", f"{shown(given)} was read as {shown(mended)}")
        fields["identifier"] = mended


def _mend_labels(fields: dict[str, Any], intake: Intake) -> None:
    labels = fields.get("labels")
    if not isinstance(labels, dict):
        return
    mended = {}
    for key, value in labels.items():
        if value is None:
            intake.warn(pointer_of("labels", key), "null was read as absent")
        else:
            mended[key] = _mend_scalar(value, Kind.TEXT, ("labels", key), intake)
    fields["labels"] = mended


def _mend_environment(fields: dict[str, Any], intake: Intake) -> None:
    """Of a variable that is named twice the last value holds, as in a shell."""
    variables = fields.get("environment")
    if not isinstance(variables, list):
        return
    last: dict[str, int] = {}
    for position, item in enumerate(variables):
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            if item["name"] in last:
                intake.warn(
                    pointer_of("environment", last[item["name"]]),
                    f"{shown(item['name'])} is named again below: the last value holds",
                )
            last[item["name"]] = position
    kept = set(last.values())
    fields["environment"] = [
        item
        for position, item in enumerate(variables)
        if position in kept or not (isinstance(item, dict) and isinstance(item.get("name"), str))
    ]


# A field that is added to the model and not here would be refused as unknown: fail at import.
_missing = set(Specification.model_fields) - set(SHAPE)
if _missing:
    raise TypeError(f"SHAPE lacks {sorted(_missing)}")
