from __future__ import annotations

import pytest

from amun_client import errors, exit_codes
from amun_client.explanations import CODES, explanation, known_names
from amun_core.errors import AmunError, NotFoundError, SettingsError
from amun_core.states import FailureReason, InspectionState
from amun_local import errors as local_errors


def refused(status: int) -> errors.ServiceRefusedError:
    return errors.ServiceRefusedError("no", code="A101", status=status)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refused(422), 2),
        (refused(409), 2),
        (refused(401), 4),
        (refused(403), 4),
        (refused(404), 5),
        (refused(500), 3),
        (refused(503), 3),
        (errors.UsageFaultError(), 2),
        (errors.ServerUnreachableError(), 3),
        (errors.ServerUnknownError(), 3),
        (errors.AnswerNotUnderstoodError(), 3),
        (errors.IndicatorRunError(), 1),
        (SettingsError(), 2),
        (NotFoundError("inspection", "x"), 5),
    ],
)
def test_errors(error: AmunError, code: int) -> None:
    assert exit_codes.of_error(error) == code


def test_states() -> None:
    codes = {state: exit_codes.of_state(state) for state in InspectionState if state.terminal}
    assert codes == {"succeeded": 0, "failed": 1, "crashed": 1, "cancelled": 5}


def test_every_exit_code_has_a_meaning() -> None:
    assert set(exit_codes.MEANINGS) == set(exit_codes.ExitCode)


def _all_classes(kind: type[AmunError]) -> set[type[AmunError]]:
    return {kind, *(below for each in kind.__subclasses__() for below in _all_classes(each))}


def test_every_error_code_is_explained() -> None:
    assert local_errors.BY_CODE  # loaded: its classes are among those walked
    # other packages' classes may be loaded by other tests: theirs are not ours to explain
    ours = ("amun_core.", "amun_client.", "amun_local.")
    codes = {kind.code for kind in _all_classes(AmunError) if kind.__module__.startswith(ours)}
    assert len(codes) > 25
    assert codes - set(CODES) == set()


def test_every_failure_reason_is_explained() -> None:
    for reason in FailureReason:
        assert explanation(str(reason)) is not None
    assert set(known_names()) >= set(FailureReason)
    found = explanation("Out-Of-Memory")
    assert found is not None
    assert found.name == "out_of_memory"
    assert explanation("A999") is None
