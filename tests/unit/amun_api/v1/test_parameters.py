"""What lists of inspections are asked for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from amun_api.errors import InvalidQueryError
from amun_api.parameters import refuse_parameters
from amun_api.v1.parameters import InspectionQuery
from amun_core.states import InspectionState


def read(**parameters):
    try:
        return InspectionQuery.model_validate(parameters)
    except ValidationError as error:
        refuse_parameters(error)


def test_a_filter_is_read_whole():
    wanted = read(
        state=["failed,crashed", "queued"],
        label=["team=red", "nightly", "note=a=b"],
        indicator="matmul",
        framework="numpy",
        package="Tensor_Flow==2.19.0",
        host="bench-1",
    ).filter()
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
        read(state=["crashd"])
    assert caught.value.hint == "did you mean 'crashed'?"
    assert caught.value.faults[0].pointer == "?state"


@pytest.mark.parametrize("label", ["=red", ""])
def test_a_label_needs_a_key(label):
    with pytest.raises(InvalidQueryError, match="KEY=VALUE"):
        read(label=["team", label])


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "x" * 513])
def test_labels_are_printable_and_bounded(text):
    with pytest.raises(InvalidQueryError, match=r"printable|at most 512 characters"):
        read(label=[text])


def test_a_misspelt_filter_is_answered_with_the_nearest():
    with pytest.raises(InvalidQueryError) as caught:
        read(stat="failed")
    assert caught.value.hint == "did you mean 'state'?"
    assert caught.value.faults[0].pointer == "?stat"
