"""Parameters: typed, bounded, one spelling each; unknown ones are named."""

from __future__ import annotations

from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from amun_api.errors import InvalidQueryError
from amun_api.parameters import (
    Absent,
    Flag,
    IdempotencyHeader,
    InspectionPath,
    QueryParameters,
    Text,
    WholeNumber,
    refuse_parameters,
)
from amun_core.errors import NotFoundError


class Query(QueryParameters):
    """One parameter of each kind."""

    limit: Annotated[int, WholeNumber(1, 100)] = 50
    samples: Flag = False
    package: Text | Absent = None


def read(model=Query, /, **parameters):
    """As the library reads a request, and as it hands on what is wrong."""
    try:
        return model.model_validate(parameters)
    except ValidationError as error:
        refuse_parameters(error)


@pytest.mark.parametrize("text", ["", "1.0", "1_0", " 1", "٣", "0x1", "--1", "1e3", "9" * 400])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(InvalidQueryError, match="whole number from 1 to 100"):
        read(limit=text)


@given(st.integers(min_value=-(2**70), max_value=2**70))
@settings(max_examples=50, deadline=None)
def test_a_whole_number_is_taken_within_its_bounds_only(value):
    if 1 <= value <= 100:
        assert read(limit=str(value)).limit == value
    else:
        with pytest.raises(InvalidQueryError):
            read(limit=str(value))


def test_defaults_hold_where_nothing_is_said():
    assert read().model_dump() == {"limit": 50, "samples": False, "package": None}


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)]
)
def test_a_flag_has_two_values(text, value):
    assert read(samples=text).samples is value
    with pytest.raises(InvalidQueryError, match="true or false"):
        read(samples=text + "x")


@pytest.mark.parametrize("text", ["yes", "on", "TRUE", "t", ""])
def test_a_flag_has_no_other_words(text):
    with pytest.raises(InvalidQueryError, match="true or false"):
        read(samples=text)


def test_a_misspelt_parameter_is_answered_with_the_nearest():
    with pytest.raises(InvalidQueryError, match="query parameter 'limi' is not known") as caught:
        read(limi="5")
    assert caught.value.hint == "did you mean 'limit'?"
    assert caught.value.faults[0].pointer == "?limi"
    with pytest.raises(InvalidQueryError) as caught:
        read(zzz="5")
    assert caught.value.hint == "known: limit, package, samples"
    with pytest.raises(InvalidQueryError) as caught:
        read(sample="1", limi="5")
    assert [fault.pointer for fault in caught.value.faults] == ["?sample", "?limi"]


def test_a_flood_of_unknown_names_is_cut():
    with pytest.raises(InvalidQueryError) as caught:
        read(**{f"name{number}": "" for number in range(2000)})
    assert len(caught.value.faults) == 20


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "x" * 513])
def test_values_are_printable_and_bounded(text):
    with pytest.raises(InvalidQueryError, match=r"printable|at most 512 characters"):
        read(package=text)


def test_every_fault_is_told_at_once():
    with pytest.raises(InvalidQueryError, match=r"'limit' .*, and 1 more") as caught:
        read(limit="x", samples="maybe")
    assert [(fault.pointer, fault.message) for fault in caught.value.faults] == [
        ("?limit", "must be a whole number from 1 to 100"),
        ("?samples", "must be true or false"),
    ]


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "a\n"])
def test_a_key_is_visible_ascii(key):
    with pytest.raises(InvalidQueryError, match="header 'Idempotency-Key'") as caught:
        read(IdempotencyHeader, **{"Idempotency-Key": key})
    assert caught.value.faults[0].pointer == "Idempotency-Key"


def test_other_headers_are_nobodys_business():
    header = read(IdempotencyHeader, **{"Idempotency-Key": "k", "Accept": "*/*"})
    assert header.model_dump() == {"key": "k"}


@pytest.mark.parametrize("text", ["x", "a/b/c/d", "abc def", "x" * 129, "abcdef\n", "é" * 6])
def test_what_cannot_be_an_id_is_not_found(text):
    with pytest.raises(NotFoundError, match="no inspection"):
        read(InspectionPath, inspection_id=text)


def test_a_schema_is_made_once_for_each_use():
    assert Query.model_json_schema() is Query.model_json_schema()
    assert Query.model_json_schema() is not IdempotencyHeader.model_json_schema()
    assert "default" not in Query.model_json_schema()["properties"]["package"]
    assert Query.model_json_schema()["properties"]["limit"]["default"] == 50
