"""What any document from outside must keep to before a single field of it is looked at."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from amun_core.intake import Intake, pointer_of, shown
from amun_core.specification import MAXIMUM_BODY_BYTES

MAXIMUM_DEPTH = 24
MAXIMUM_VALUES = 200_000
_MAXIMUM_KEY = 512
_LARGEST_INTEGER = 2**63 - 1

#: Control characters other than tab, line feed, form feed and carriage return; lone surrogates.
_REFUSED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_Path = tuple[str | int, ...]


def check_document(
    document: Any, intake: Intake, *, maximum_bytes: int = MAXIMUM_BODY_BYTES
) -> bool:
    """True if `document` is a JSON object that is bounded and has only text that can be kept."""
    if not isinstance(document, dict):
        intake.fault("", f"a JSON object is expected, not {shown(document)}")
        return False
    before = len(intake.faults)
    _check_values(document, intake)
    if len(intake.faults) > before:
        return False
    text = json.dumps(document, ensure_ascii=False)
    if _may_hold_refused_characters(text):
        for path, value in _texts(document, ()):
            found = _REFUSED.search(value)
            if found:
                code = f"U+{ord(found[0]):04X}"
                intake.fault(pointer_of(*path), f"character {code} is not accepted")
    if len(intake.faults) == before and len(text.encode("utf-8")) > maximum_bytes:
        intake.fault("", f"larger than {maximum_bytes} bytes")
    return len(intake.faults) == before


def _may_hold_refused_characters(text: str) -> bool:
    """A quick look at a JSON text that escapes only what it must; true also for some clean ones."""
    return "\\u00" in text or "\\b" in text or "\x7f" in text or not text.isascii()


def _check_values(document: Mapping[str, Any], intake: Intake) -> None:
    """Types, depth and numbers. One loop without recursion: garbage may be nested at will."""
    pending: list[tuple[_Path, Any]] = [((), document)]
    values = 0
    while pending:
        path, container = pending.pop()
        values += len(container)
        if values > MAXIMUM_VALUES:
            intake.fault("", f"more than {MAXIMUM_VALUES} values")
            return
        if len(path) >= MAXIMUM_DEPTH:
            intake.fault(pointer_of(*path), f"nested deeper than {MAXIMUM_DEPTH} levels")
            continue
        members = enumerate(container) if isinstance(container, list) else container.items()
        for key, value in members:
            kind = type(value)
            if kind is str or kind is bool or value is None:
                pass
            elif kind is dict or kind is list:
                pending.append(((*path, key), value))
            else:
                _check_number(pointer_of(*path, key), value, intake)
            if type(key) is not int and (not isinstance(key, str) or len(key) > _MAXIMUM_KEY):
                intake.fault(pointer_of(*path), f"a key is longer than {_MAXIMUM_KEY} characters")


def _check_number(pointer: str, value: object, intake: Intake) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            intake.fault(pointer, "NaN and Infinity are not JSON numbers")
    elif isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            intake.fault(pointer, "whole numbers beyond 64 bits are not accepted")
    else:
        intake.fault(pointer, f"{type(value).__name__} is not a JSON value")


def _texts(value: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key), key
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, (*path, position))
