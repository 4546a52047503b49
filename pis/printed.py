"""What a user's script printed, read: a result of ours, something that was meant to be one, or text.

A program that says nothing to us is timed from outside. A program that means to tell its own result
is told what is wrong with it, and what is expected.
"""

import json
import math
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from pis import failures
from pis.failures import RunFailedError

SHAPE = (
    '{"name": "PiMyWork", "component": "mylib", "@parameters": {"n": 1000}, '
    '"@result": {"rate": 12.5, "unit": "passes/s", "elapsed": 80.0}}'
)
_EXPECTED = (
    "one JSON object is expected, such as " + SHAPE + " (rate: more is better; elapsed in ms; "
    "one of both is enough). A script that prints nothing of the kind is timed as a whole process"
)

#: The bounds of the service (amun_core.magnitudes, amun_core.bounded_json), which refuses the rest.
LEAST, MOST = 1e-12, 1e18
LARGEST_WHOLE = 2**63 - 1
LARGEST_NUMBER = 1e300
MAXIMUM_DEPTH = 60
MAXIMUM_PARTS = 100000
MAXIMUM_NAME = 200
MAXIMUM_UNIT = 40
MAXIMUM_TEXT = 1024 * 1024

_MARKS = ("@result", "@parameters")
_NEAR_KEYS = ("rate", "elapsed", "result", "results")
_LINES_TRIED = 200
_DIGITS = 24


class _LongNumber:
    """A whole number of too many digits to be made."""


def parse(text: str) -> Optional[Dict[str, Any]]:
    """The result that a script printed, checked; None where it printed something else.

    It is all of the text, or the last object that begins a line. RunFailedError for what was meant
    as a result and is none.
    """
    found = None
    for document in _objects(text):
        if any(mark in document for mark in _MARKS):
            found = document
            break
        found = found or document
    if found is not None and any(key in found for key in _MARKS + _NEAR_KEYS):
        _check(found)
        return found
    if any(mark in text for mark in _MARKS):
        raise invalid("what the script printed looks like a result and is not a JSON object")
    return None


def invalid(why: str) -> RunFailedError:
    """The failure of a script whose result cannot be read."""
    return RunFailedError(failures.SCRIPT_OUTPUT_INVALID, why + "; " + _EXPECTED)


def fill(result: Dict[str, Any], document: Mapping[str, Any]) -> None:
    """Put what the script printed into the result document."""
    result["name"] = str(document.get("name") or "script")
    result["component"] = str(document.get("component") or "script")
    result["@parameters"] = document.get("@parameters", {})
    result["@result"] = document["@result"]
    result["timing"] = "own"


def _objects(text: str) -> Iterator[Dict[str, Any]]:
    """The whole text if it is an object; else those that begin a line, the last one first."""
    decoder = json.JSONDecoder(parse_int=_whole)
    starts = [
        index for index in (0, len(text) - len(text.lstrip())) if text[index : index + 1] == "{"
    ]
    at = len(text)
    for _ in range(_LINES_TRIED):
        at = text.rfind("\n{", 0, at)
        if at < 0:
            break
        starts.append(at + 1)
    for start in sorted(set(starts), reverse=True):
        try:
            document, _end = decoder.raw_decode(text, start)
        except RecursionError:
            raise invalid("what the script printed is nested too deep") from None
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document


def _whole(digits: str) -> Any:
    return int(digits) if len(digits) <= _DIGITS else _LongNumber()


def _check(document: Mapping[str, Any]) -> None:
    if "@result" not in document:
        keys = _listed(document)
        raise invalid("what the script printed has no @result, it has " + keys)
    for key in ("@parameters", "@result"):
        if not isinstance(document.get(key, {}), dict):
            raise invalid(key + " in what the script printed is not an object")
    for key in ("name", "component"):
        if len(str(document.get(key, ""))) > MAXIMUM_NAME:
            raise invalid(f"{key} is longer than {MAXIMUM_NAME} characters")
    result = document["@result"]
    for key in ("rate", "elapsed"):
        why = _no_quantity(result[key]) if result.get(key) is not None else ""
        if why:
            raise invalid(f"@result.{key} is {why}")
    unit = result.get("unit")
    if unit is not None and not (isinstance(unit, str) and len(unit) <= MAXIMUM_UNIT):
        raise invalid(f"@result.unit is no text of at most {MAXIMUM_UNIT} characters")
    if all(result.get(key) is None for key in ("rate", "elapsed")):
        raise invalid("@result has neither rate nor elapsed, it has " + _listed(result))
    _refuse_unbounded(document)


def _listed(document: Mapping[str, Any]) -> str:
    keys = [str(key)[:40] for key in list(document)[:10]]
    return ", ".join(json.dumps(key) for key in keys) or "nothing"


def _no_quantity(value: Any) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and LEAST <= value <= MOST:
        return ""
    return f"{_in_words(value)}, a number from {LEAST:g} to {MOST:g} is expected"


def _in_words(value: Any) -> str:
    if isinstance(value, _LongNumber) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**20
    ):
        return "a whole number of more than 20 digits"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinite"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    shown = json.dumps(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _refuse_unbounded(document: Mapping[str, Any]) -> None:
    """Every number and text of the document, with its place where it is out of bounds."""
    waiting: List[Tuple[str, int, Any]] = [("", 0, document)]
    parts = characters = 0
    while waiting:
        place, depth, item = waiting.pop()
        parts += 1
        if isinstance(item, (dict, list)):
            if depth >= MAXIMUM_DEPTH or parts + len(item) > MAXIMUM_PARTS:
                raise invalid("what the script printed is nested too deep or has too many parts")
            pairs = item.items() if isinstance(item, dict) else enumerate(item)
            waiting.extend((f"{place}/{str(key)[:40]}"[:200], depth + 1, one) for key, one in pairs)
            texts = [str(key) for key in item] if isinstance(item, dict) else []
        else:
            texts = [item] if isinstance(item, str) else []
            _refuse_number(item, place)
        for text in texts:
            characters += len(text)
            if characters > MAXIMUM_TEXT or not _is_encodable(text):
                why = "text that is no Unicode" if characters <= MAXIMUM_TEXT else "too much text"
                raise invalid(f"{place} has {why}")


def _refuse_number(value: Any, place: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, _LongNumber)):
        return
    if isinstance(value, float):
        fine = math.isfinite(value) and abs(value) <= LARGEST_NUMBER
    else:
        fine = isinstance(value, int) and abs(value) <= LARGEST_WHOLE
    if not fine:
        raise invalid(f"{place.lstrip('/').replace('/', '.')} is {_in_words(value)}")


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
