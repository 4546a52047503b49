"""What a measured number may be."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.magnitudes import LEAST, MOST, in_words, quantity, why_no_quantity

ANY = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([]) | st.just({})
)


@given(ANY)
def test_a_quantity_is_a_number_within_bounds(value: Any) -> None:
    taken = quantity(value)
    assert (taken is None) == bool(why_no_quantity(value))
    if taken is not None:
        assert not isinstance(value, bool)
        assert math.isfinite(taken)
        assert LEAST <= taken <= MOST


@given(ANY | st.integers(10**100, 10**400))
def test_a_value_in_words_is_one_short_line(value: Any) -> None:
    words = in_words(value)
    assert 0 < len(words) <= 500
    assert words.isascii()
    assert "\n" not in words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true"), (None, "null"), (-1, "-1"), (0, "0"), (1e308, "1e+308"),
        (float("nan"), "NaN"), (float("inf"), "infinite (inf)"), ("x", "the text 'x'"),
        (10**400, "a whole number of more than 20 digits"), ([], "a list"), ({}, "an object"),
    ],
)  # fmt: skip
def test_it_says_what_it_was(value: Any, words: str) -> None:
    assert in_words(value) == words
    assert why_no_quantity(value) == f"{words}, a number from 1e-12 to 1e+18 is expected"
