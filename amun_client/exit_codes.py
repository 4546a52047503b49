"""How `amun` ends: one meaning for each code, the same in every command."""

from __future__ import annotations

from enum import IntEnum

from amun_client.errors import (
    IndicatorRunError,
    NoStackError,
    NotCountedError,
    ServiceRefusedError,
    UsageFaultError,
)
from amun_core.errors import AmunError, InvalidInputError, NotFoundError, SettingsError
from amun_core.states import InspectionState


class ExitCode(IntEnum):
    """The exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INTERNAL = 3
    REFUSED = 4
    NOTHING = 5
    INCONCLUSIVE = 6
    NO_STACK = 7
    NOT_COMPARABLE = 8
    INTERRUPTED = 130


#: The table of `amun help exit-codes`.
MEANINGS: dict[ExitCode, str] = {
    ExitCode.DONE: "done, and what was waited for succeeded",
    ExitCode.FAILED: "a policy of --fail-on is broken, or what was measured failed or crashed",
    ExitCode.USAGE: "usage: a wrong option, or a specification that is not valid",
    ExitCode.INTERNAL: "internal error, or the service cannot be reached or started",
    ExitCode.REFUSED: "no sign-in, or refused",
    ExitCode.NOTHING: "nothing found, nothing measured (cancelled, host busy), or no service runs",
    ExitCode.INCONCLUSIVE: (
        "the interval is too wide for the policy (--inconclusive pass: 0), "
        "or the stacks were not counted within the limits"
    ),
    ExitCode.NO_STACK: "no stack fulfils the requirements",
    ExitCode.NOT_COMPARABLE: "not comparable: other hardware, or another version of the indicator",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
}

_BY_STATE = {
    InspectionState.SUCCEEDED: ExitCode.DONE,
    InspectionState.FAILED: ExitCode.FAILED,
    InspectionState.CRASHED: ExitCode.FAILED,
    InspectionState.CANCELLED: ExitCode.NOTHING,
}


def of_state(state: str) -> ExitCode:
    """The code for an inspection that ended in `state`."""
    return _BY_STATE.get(InspectionState(state), ExitCode.INTERNAL)


def of_error(error: AmunError) -> ExitCode:
    """The code for a command that ended with `error`."""
    if isinstance(error, ServiceRefusedError):
        return _of_status(error.status)
    if isinstance(error, IndicatorRunError):
        return ExitCode.FAILED
    if isinstance(error, NoStackError):
        return ExitCode.NO_STACK
    if isinstance(error, NotCountedError):
        return ExitCode.INCONCLUSIVE
    if isinstance(error, UsageFaultError | InvalidInputError | SettingsError):
        return ExitCode.USAGE
    if isinstance(error, NotFoundError):
        return ExitCode.NOTHING
    return ExitCode.INTERNAL


def _of_status(status: int) -> ExitCode:
    if status in {401, 403}:
        return ExitCode.REFUSED
    if status == 404:
        return ExitCode.NOTHING
    return ExitCode.USAGE if 400 <= status < 500 else ExitCode.INTERNAL
