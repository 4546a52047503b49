"""What can go wrong between a person and the service.

AmunError
└── ClientError
    ├── ServerUnknownError         no server is named and no local one runs
    ├── ServerUnreachableError     the server does not answer
    ├── AnswerNotUnderstoodError   something answers, but not Amun
    ├── ServiceRefusedError        the service answered with a problem; carries its code and faults
    ├── UsageFaultError            what was typed cannot be meant
    ├── IndicatorRunError          a run by hand ended without a result
    ├── NoStackError               no stack fulfils the requirements
    ├── NotCountedError            the valid stacks were not counted within the limits
    └── ResolvingFailedError       what goes together could not be found out
"""

from __future__ import annotations

from collections.abc import Sequence

from amun_core.errors import AmunError, Fault


class ClientError(AmunError):
    """The command cannot be done."""

    code = "A800"


class ServerUnknownError(ClientError):
    """No server is known."""

    code = "A801"


class ServerUnreachableError(ClientError):
    """The server does not answer."""

    code = "A802"


class AnswerNotUnderstoodError(ClientError):
    """The answer is not one of Amun's."""

    code = "A803"


class UsageFaultError(ClientError):
    """What was asked for cannot be meant."""

    code = "A804"


class IndicatorRunError(ClientError):
    """The run by hand ended without a result."""

    code = "A805"


class NoStackError(ClientError):
    """No stack fulfils the requirements."""

    code = "A901"


class NotCountedError(ClientError):
    """The valid stacks were not counted within the limits."""

    code = "A921"


class ResolvingFailedError(ClientError):
    """The requirements could not be resolved."""

    code = "A902"


class ServiceRefusedError(ClientError):
    """The service refused the request. `code` is the service's own."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        faults: Sequence[Fault] = (),
        hint: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
        self.faults = tuple(faults)
        self.request_id = request_id
