"""Query parameters: typed, bounded, unknown ones named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WerkzeugRequest

from amun_api.errors import InvalidQueryError
from amun_api.query_parameters import flag, inspection_filter, integer, known_only
from amun_core.states import InspectionState


def asked(**parameters):
    return WerkzeugRequest(EnvironBuilder(query_string=parameters).get_environ())


@pytest.mark.parametrize("text", ["", "1.0", "1_0", " 1", "٣", "0x1", "--1", "1e3", "9" * 400])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(InvalidQueryError, match="whole number from 1 to 100"):
        integer(asked(limit=text), "limit", 50, 1, 100)


@given(st.integers(min_value=-(2**70), max_value=2**70))
@settings(max_examples=50, deadline=None)
def test_a_whole_number_is_taken_within_its_bounds_only(value):
    request = asked(limit=str(value))
    if 1 <= value <= 100:
        assert integer(request, "limit", 50, 1, 100) == value
    else:
        with pytest.raises(InvalidQueryError):
            integer(request, "limit", 50, 1, 100)


def test_defaults_hold_where_nothing_is_said():
    assert integer(asked(), "limit", 50, 1, 100) == 50
    assert flag(asked(), "samples") is False


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False)])
def test_a_flag_has_two_values(text, value):
    assert flag(asked(samples=text), "samples") is value
    with pytest.raises(InvalidQueryError, match="true or false"):
        flag(asked(samples=text + "x"), "samples")


def test_a_misspelt_parameter_is_answered_with_the_nearest():
    with pytest.raises(InvalidQueryError) as caught:
        known_only(asked(stat="failed"), {"state", "label"})
    assert caught.value.hint == "did you mean 'state'?"
    assert caught.value.faults[0].pointer == "?stat"


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "x" * 513])
def test_values_are_printable_and_bounded(text):
    with pytest.raises(InvalidQueryError, match="printable"):
        known_only(asked(package=text), {"package"})


def test_a_filter_is_read_whole():
    wanted = inspection_filter(
        asked(
            state=["failed,crashed", "queued"],
            label=["team=red", "nightly", "note=a=b"],
            indicator="matmul",
            framework="numpy",
            package="Tensor_Flow==2.19.0",
            host="bench-1",
        )
    )
    assert wanted.states == {
        InspectionState.FAILED,
        InspectionState.CRASHED,
        InspectionState.QUEUED,
    }
    assert wanted.labels == {"team": "red", "nightly": None, "note": "a=b"}
    assert (wanted.indicator, wanted.framework) == ("matmul", "numpy")
    assert (wanted.package, wanted.host) == ("tensor-flow==2.19.0", "bench-1")


def test_an_unknown_state_is_answered_with_the_nearest():
    with pytest.raises(InvalidQueryError, match="'crashd' is no state") as caught:
        inspection_filter(asked(state="crashd"))
    assert caught.value.hint == "did you mean 'crashed'?"


def test_a_label_needs_a_key():
    with pytest.raises(InvalidQueryError, match="KEY=VALUE"):
        inspection_filter(asked(label="=red"))
