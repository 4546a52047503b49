"""Errors of whoever answers about stacks, as errors of the client that keep their code."""

from __future__ import annotations

from typing import Any

from amun_client.errors import (
    ClientError,
    NoStackError,
    NotCountedError,
    ResolvingFailedError,
    UsageFaultError,
)
from amun_core.errors import Fault

_KINDS: dict[str, type[ClientError]] = {
    "A901": NoStackError,
    "A921": NotCountedError,
    "A922": NoStackError,
}
#: What was typed is wrong: the input, a name that no index has, a cursor, a rank, a score, a lock that cannot be.
_USAGE = ("A10", "A11", "A912", "A923", "A924", "A925", "A93", "A94")


def error_of(problem: dict[str, Any]) -> ClientError:
    """The error that a problem document tells."""
    code = str(problem["code"])
    kind = _KINDS.get(code, UsageFaultError if code.startswith(_USAGE) else ResolvingFailedError)
    error = kind(problem["message"], hint=problem.get("hint"))
    error.code = code
    error.warnings = tuple(map(str, problem.get("warnings", ())))
    error.faults = tuple(  # type: ignore[attr-defined]  # the console shows them
        Fault(one["pointer"], one["message"], one.get("hint")) for one in problem.get("faults", ())
    )
    return error
