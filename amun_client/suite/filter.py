"""Which cases of a suite are meant: `cell=lstm`, `n=1,2`, `flop<=1e10`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.command import unknown_name
from amun_client.errors import UsageFaultError

Document = Mapping[str, Any]

_FORM = re.compile(r"\s*(\w+)\s*(<=|>=|=)(.*)", re.DOTALL)
#: What a case has beside its parameters.
_FIELDS = ("index", "name", "flop", "bytes")
_TRUTH = {"true": True, "false": False}


def select(cases: Sequence[Document], filters: Sequence[str]) -> list[Document]:
    """The cases that pass every filter, in their order."""
    kept = list(cases)
    for text in filters:
        key, sign, wanted = _parse(text, cases)
        kept = [case for case in kept if _passes(_value(case, key), sign, wanted)]
    return kept


def _parse(text: str, cases: Sequence[Document]) -> tuple[str, str, list[Any]]:
    form = _FORM.fullmatch(text)
    if form is None:
        raise UsageFaultError(
            f"--filter {text!r}: not of the form KEY=VALUE", hint="also KEY<=VALUE and KEY>=VALUE"
        )
    key, sign, written = form.groups()
    known = [*(cases[0]["parameters"] if cases else ()), *_FIELDS]
    if key not in known:
        raise UsageFaultError("--filter: " + unknown_name("key", key, known))
    values = [value for value in (_value(case, key) for case in cases) if value is not None]
    if not values:
        raise UsageFaultError(f"--filter {text!r}: the cases of this suite have no {key}")
    words = written.split(",") if sign == "=" else [written]
    return key, sign, [_read(text, word.strip(), sign, values[0]) for word in words]


def _read(text: str, word: str, sign: str, like: Any) -> Any:
    """The word in the type of the value that a case has there."""
    if isinstance(like, str | bool) and sign != "=":
        raise UsageFaultError(f"--filter {text!r}: only numbers can be compared with {sign}")
    if isinstance(like, str):
        return word
    if isinstance(like, bool):
        if word.lower() not in _TRUTH:
            raise UsageFaultError(f"--filter {text!r}: {word!r} is neither true nor false")
        return _TRUTH[word.lower()]
    try:
        return float(word)
    except ValueError:
        raise UsageFaultError(f"--filter {text!r}: {word!r} is not a number") from None


def _value(case: Document, key: str) -> Any:
    return case["parameters"].get(key, case.get(key))


def _passes(value: Any, sign: str, wanted: Sequence[Any]) -> bool:
    if sign == "=":
        return value in wanted
    return bool(value <= wanted[0] if sign == "<=" else value >= wanted[0])
