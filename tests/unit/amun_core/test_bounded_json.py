"""JSON from a foreign hand: what passes can be walked, stored and written again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from amun_core.bounded_json import (
    MAXIMUM_DEPTH,
    MAXIMUM_PARTS,
    MAXIMUM_TEXT,
    UnboundedError,
    load_bounded,
)
from amun_core.redaction import redact_specification

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=()), max_size=4), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(VALUES)
def test_what_passes_can_be_written_everywhere(value: Any) -> None:
    text = json.dumps(value)
    try:
        read = load_bounded(text)
    except UnboundedError:
        return
    assert json.loads(json.dumps(read, allow_nan=False)) == value
    to_json(read)
    json.dumps(read, ensure_ascii=False).encode("utf-8")
    redact_specification({"value": read})


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        load_bounded(text)
    except UnboundedError:
        return


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (nested(MAXIMUM_DEPTH + 1), "deep"),
        (nested(90_000), "deep"),
        (nested(MAXIMUM_PARTS), "deep"),
        ("[" * (MAXIMUM_PARTS + 1), "objects and lists"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "deep"),
        ("[" + "1," * MAXIMUM_PARTS + "1]", "parts"),
        (json.dumps("x" * (MAXIMUM_TEXT + 1)), "characters"),
        (json.dumps({"x" * (MAXIMUM_TEXT + 1): 1}), "characters"),
        ("1e999", "/: infinite"),
        ("-1e301", "/: -1e+301"),
        ('{"a": [1, NaN]}', "/a/1: NaN"),
        ('{"a": 9223372036854775808}', "/a: 9223372036854775808"),
        ('{"a": -' + "9" * 10_000 + "}", "/a: a whole number of more than 20 digits"),
        (r'"\ud800"', "lone surrogate"),
        (r'{"\udc00x": 1}', "lone surrogate"),
        ("", "Expecting value"),
        (b"\xff", "UTF-8"),
        ("{'a': 1}", "property name"),
    ],
)
def test_what_is_refused(text: str | bytes, words: str) -> None:
    with pytest.raises(UnboundedError, match="(?s).*" + words.replace("+", r"\+")):
        load_bounded(text)


def test_bounds_themselves_pass() -> None:
    assert load_bounded(nested(MAXIMUM_DEPTH)) is not None
    assert load_bounded("[9223372036854775807, -9223372036854775807, 1e300]")
    assert load_bounded('{"a": NaN, "b": [Infinity]}', null_for_nan=True) == {
        "a": None,
        "b": [None],
    }
