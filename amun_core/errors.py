"""Every error that Amun raises on purpose.

    AmunError
    ├── InvalidInputError          what a user sent is wrong; carries the faults
    │   ├── InvalidSpecificationError
    │   ├── InvalidLockError
    │   ├── InvalidResultError     what a run wrote is no result document
    │   ├── InvalidComparisonError
    │   ├── InvalidSweepError
    │   └── InvalidStackQuestionError
    ├── SettingsError              a setting is wrong; names it
    ├── NotFoundError              nothing has this identity
    ├── ConflictError              the request does not fit the present state
    │   ├── IllegalTransitionError
    │   ├── StaleClaimError        somebody else holds the inspection now
    │   └── IdempotencyConflictError
    ├── StorageError               the database does not take the write just now
    ├── EngineError                a container engine or process engine cannot do what is asked
    └── AttemptFailedError         an attempt ends; carries its FailureReason

`code` is stable and shown to people; `str(error)` is the public message and holds no secret: what
looks like a credential is taken out of messages, hints and places when an error is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amun_core.redaction import redact_text, shortened
from amun_core.states import AttributedTo, FailureReason, InspectionState, attributed_to

#: So much of what was asked for is repeated in a message.
_LONGEST_IDENTITY = 80


class AmunError(Exception):
    """Something went wrong. `warnings` are remarks on the input, which may be the reason."""

    code = "A000"
    warnings: Sequence[str] = ()

    def __init__(self, message: str = "", *, hint: str | None = None) -> None:
        super().__init__(redact_text(message) or (self.__doc__ or "").strip().splitlines()[0])
        self.hint = redact_text(hint) if hint else hint


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a document: where (RFC 6901 pointer), what, what to do."""

    pointer: str
    message: str
    hint: str | None = None

    def __post_init__(self) -> None:
        for name in ("pointer", "message", "hint"):
            text = getattr(self, name)
            if text and (clean := redact_text(text)) != text:
                object.__setattr__(self, name, clean)


class InvalidInputError(AmunError):
    """The input is not valid."""

    code = "A100"

    def __init__(
        self, message: str = "", *, faults: Sequence[Fault] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)


class InvalidSpecificationError(InvalidInputError):
    """The specification is not valid."""

    code = "A101"


class InvalidLockError(InvalidInputError):
    """The lock is not valid."""

    code = "A102"


class InvalidResultError(InvalidInputError):
    """The result document is not valid."""

    code = "A103"


class InvalidComparisonError(InvalidInputError):
    """The comparison asked for is not valid."""

    code = "A104"


class InvalidSweepError(InvalidInputError):
    """The sweep asked for is not valid."""

    code = "A105"


class InvalidStackQuestionError(InvalidInputError):
    """The question about stacks is not valid."""

    code = "A106"


class SettingsError(AmunError):
    """A setting is not valid."""

    code = "A110"


class NotFoundError(AmunError):
    """Nothing has this identity."""

    code = "A200"

    def __init__(self, kind: str, identity: str, *, hint: str | None = None) -> None:
        super().__init__(f"no {kind} {shortened(identity, _LONGEST_IDENTITY)!r}", hint=hint)
        self.kind = kind
        self.identity = identity


class ConflictError(AmunError):
    """The request does not fit the present state."""

    code = "A300"


class IllegalTransitionError(ConflictError):
    """No such transition."""

    code = "A301"

    def __init__(self, inspection_id: str, found: InspectionState, new: InspectionState) -> None:
        super().__init__(f"{inspection_id} is {found}: it cannot become {new}")
        self.inspection_id = inspection_id
        self.found = found
        self.new = new


class StaleClaimError(ConflictError):
    """Somebody else holds the inspection now."""

    code = "A302"

    def __init__(
        self, inspection_id: str, expected: InspectionState, fence: int, detail: str = ""
    ) -> None:
        super().__init__(
            f"{inspection_id} is no longer {expected} under fence {fence}"
            + (f": {detail}" if detail else "")
        )
        self.inspection_id = inspection_id
        self.expected = expected
        self.fence = fence


class IdempotencyConflictError(ConflictError):
    """The idempotency key was used for another request."""

    code = "A303"


class StorageError(AmunError):
    """The database does not take the write just now."""

    code = "A400"


class EngineError(AmunError):
    """The engine cannot do what is asked."""

    code = "A500"


class AttemptFailedError(AmunError):
    """The attempt ends here; its reason is knowledge."""

    code = "A600"

    def __init__(
        self,
        reason: FailureReason,
        message: str,
        *,
        hint: str | None = None,
        last_lines: str = "",
        blame: AttributedTo | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.last_lines = redact_text(last_lines)
        self.attributed_to = blame or attributed_to(reason)
