from __future__ import annotations

from collections.abc import Iterator

import pytest

from amun_core import errors
from amun_core.errors import (
    AmunError,
    AttemptFailedError,
    Fault,
    IllegalTransitionError,
    InvalidSpecificationError,
    NotFoundError,
    StaleClaimError,
)
from amun_core.states import AttributedTo, FailureReason, InspectionState


def tree(root: type[AmunError] = AmunError) -> Iterator[type[AmunError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


def test_codes_are_unique_and_stable_in_form() -> None:
    codes = [error.code for error in tree()]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 4 and code[0] == "A" and code[1:].isdigit() for code in codes)


@pytest.mark.parametrize("error", list(tree()), ids=lambda error: error.__name__)
def test_the_tree_in_the_docstring_is_the_tree(error: type[AmunError]) -> None:
    assert error.__name__ in (errors.__doc__ or "")


def test_an_error_without_words_says_its_docstring() -> None:
    assert str(InvalidSpecificationError()) == "The specification is not valid."


def test_errors_carry_what_they_are_about() -> None:
    fault = Fault("/base", "is missing")
    assert InvalidSpecificationError("no", faults=[fault], hint="h").faults == (fault,)
    assert str(NotFoundError("inspection", "x")) == "no inspection 'x'"
    running, queued = InspectionState.RUNNING, InspectionState.QUEUED
    assert str(IllegalTransitionError("i", running, queued)) == (
        "i is running: it cannot become queued"
    )
    stale = StaleClaimError("i", running, 3, "taken")
    assert str(stale) == "i is no longer running under fence 3: taken"


def test_an_attempt_fails_with_the_blame_of_its_reason() -> None:
    assert AttemptFailedError(FailureReason.IMPORT_FAILED, "m").attributed_to is AttributedTo.STACK
    blamed = AttemptFailedError(FailureReason.IMPORT_FAILED, "m", blame=AttributedTo.REQUEST)
    assert blamed.attributed_to is AttributedTo.REQUEST
