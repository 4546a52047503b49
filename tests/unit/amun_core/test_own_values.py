"""What a variable of the user holds does not stand in a log."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.own_values import OwnValues


def values(**environment: str) -> OwnValues:
    return OwnValues(environment.items(), except_for=["OMP_NUM_THREADS"])


@pytest.mark.parametrize(
    ("environment", "text", "shown"),
    [
        ({"SECRET": "abc"}, "it is abc!", "it is ***!"),
        ({"API_TOKEN": "12345"}, "12345", "***"),
        ({"PLAIN": "hello world"}, "say hello world twice: hello world", "say *** twice: ***"),
        ({"DB_PASSWORD": 'a"b\\c'}, json.dumps({"p": 'a"b\\c'}), '{"p": "***"}'),
        ({"DB_PASSWORD": "it's\n"}, repr("it's\n"), '"***"'),
        ({"A_KEY": "long", "B_KEY": "longer"}, "longer long", "*** ***"),
        ({"CERT": "-----BEGIN-----\nMIIabcdef\n"}, "  MIIabcdef", "  ***"),
        ({"SIZE": "1024000"}, "n=1024000", "n=1024000"),
        ({"MODE": "fast"}, "breakfast", "breakfast"),
        ({"OMP_NUM_THREADS": "spread,close"}, "spread,close", "spread,close"),
        ({"EMPTY_TOKEN": ""}, "nothing", "nothing"),
    ],
)
def test_values_are_hidden_in_a_log(environment: dict[str, str], text: str, shown: str) -> None:
    assert values(**environment).hidden(text) == shown


def test_the_head_of_a_value_that_the_cut_left_is_hidden_too() -> None:
    own = values(TOKEN="abcdefghij")
    assert own.hidden("x abcdefgh", cut=True) == "x ***"
    assert own.hidden("x abcdefgh") == "x abcdefgh"
    assert own.hidden("x abc", cut=True) == "x abc"


def test_a_result_keeps_what_it_was_told_but_no_secret() -> None:
    own = values(DTYPE="float32", HUB_TOKEN="hf_abcdef")
    document = {"dtype": "float32", "by": ["hf_abcdef"], "hf_abcdef": 1}
    assert own.hidden_in(document) == {"dtype": "float32", "by": ["***"], "***": 1}
    assert values(DTYPE="float32").hidden_in(document) is document


@given(st.text(min_size=6, max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_no_value_of_six_characters_is_left(value: str, before: str, after: str) -> None:
    hidden = OwnValues([("PRIVATE", value)], except_for=()).hidden(before + value + after)
    assert value not in hidden or value in "***"
