"""JSON from a foreign hand: bounded in depth, in number of parts, in its texts and its numbers.

What passes can be walked, compared, stored in every database and written again without a surprise.
"""

from __future__ import annotations

import json
import math
from typing import Any

from amun_core.magnitudes import LARGEST_NUMBER, LARGEST_WHOLE, in_words

MAXIMUM_DEPTH = 64
#: Objects and lists, and what is in them.
MAXIMUM_PARTS = 200_000
MAXIMUM_TEXT = 4 * 1024 * 1024

#: Longer whole numbers are not even made: that takes time, and newer interpreters refuse.
_DIGITS = 24


class UnboundedError(ValueError):
    """The text is not JSON, or its value is beyond a bound; the message says which and where."""


class _LongNumber:
    """A whole number of too many digits, in place of its value."""


def load(text: str | bytes, *, null_for_nan: bool = False) -> Any:
    """The value of a JSON text; only depth is checked.

    NaN and infinities, which JSON does not know and Python writes, are read so that their place can
    be named by `refuse_unbounded`, or as null.
    """
    try:
        content = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise UnboundedError("it is not UTF-8 text") from None
    if content.count("{") + content.count("[") > MAXIMUM_PARTS:
        raise UnboundedError(f"more than {MAXIMUM_PARTS} objects and lists")
    constant = (lambda _name: None) if null_for_nan else None
    try:
        return json.loads(content, parse_int=_whole, parse_constant=constant)
    except RecursionError:
        raise UnboundedError(f"nested more than {MAXIMUM_DEPTH} deep") from None
    except ValueError as error:
        raise UnboundedError(str(error)[:100]) from None


def load_bounded(text: str | bytes, *, null_for_nan: bool = False) -> Any:
    """The value of a JSON text, every bound checked. Raises UnboundedError."""
    value = load(text, null_for_nan=null_for_nan)
    refuse_unbounded(value)
    return value


def refuse_unbounded(value: Any) -> None:
    """Raise UnboundedError where a part of `value` is beyond a bound, naming its place."""
    waiting: list[tuple[str, int, Any]] = [("", 0, value)]
    parts = characters = 0
    while waiting:
        place, depth, item = waiting.pop()
        parts += 1
        if isinstance(item, str):
            characters += len(item)
            _refuse_text(item, place)
        elif isinstance(item, dict | list):
            parts += len(item)
            if depth >= MAXIMUM_DEPTH:
                raise UnboundedError(f"nested more than {MAXIMUM_DEPTH} deep")
            if parts > MAXIMUM_PARTS:
                raise UnboundedError(f"more than {MAXIMUM_PARTS} parts")
            if isinstance(item, dict):
                for key in item:
                    characters += len(key)
                    _refuse_text(key, place)
            inner = item.items() if isinstance(item, dict) else enumerate(item)
            waiting += [(_within(place, key), depth + 1, one) for key, one in inner]
        else:
            _refuse_number(item, place)
        if characters > MAXIMUM_TEXT:
            raise UnboundedError(f"more than {MAXIMUM_TEXT} characters of text")


def _within(place: str, key: object) -> str:
    return f"{place}/{str(key)[:40]}"[:200]


def _refuse_text(text: str, place: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UnboundedError(f"{place or '/'}: half a character (a lone surrogate)") from None


def _refuse_number(value: object, place: str) -> None:
    where = place or "/"
    if isinstance(value, _LongNumber):
        raise UnboundedError(f"{where}: {in_words(10**_DIGITS)}")
    if isinstance(value, float) and not (math.isfinite(value) and abs(value) <= LARGEST_NUMBER):
        raise UnboundedError(f"{where}: {in_words(value)}")
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        raise UnboundedError(f"{where}: {in_words(value)}")


def _whole(digits: str) -> int | _LongNumber:
    return int(digits) if len(digits) <= _DIGITS else _LongNumber()
