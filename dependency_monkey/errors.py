"""What can go wrong when stacks are resolved, and with the space of them.

AmunError
├── InvalidInputError
│   └── InvalidProblemError  what may be chosen cannot be read; carries the faults
├── ResolvingError
│   ├── UnresolvableError    no stack fulfils the requirements
│   └── ResolverFailedError  uv could not be asked, or did not answer in time
└── SpaceError
    ├── NotCompiledError     (in compilation.py) the time or the memory given did not suffice
    ├── EmptySpaceError      no stack is valid, and one is asked for
    ├── CursorError          a cursor is none of this space
    ├── RankError            no stack has this rank
    ├── ScoreError           a score is no number that can be added
    ├── SearchEndedError     the time did not suffice to find a stack
    ├── LockError            a stack cannot be written as a lock
    └── NotAStackError       what shall be written as a lock is no valid stack
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_core.errors import AmunError, InvalidInputError


class InvalidProblemError(InvalidInputError):
    """What may be chosen cannot be read."""

    code = "A948"


class ResolvingError(AmunError):
    """The requirements cannot be resolved."""

    code = "A900"


class UnresolvableError(ResolvingError):
    """No stack fulfils the requirements."""

    code = "A901"


class ResolverFailedError(ResolvingError):
    """The resolver could not be asked."""

    code = "A902"


class SpaceError(AmunError):
    """The space of valid stacks cannot give what is asked for."""

    code = "A920"


class EmptySpaceError(SpaceError):
    """No stack is valid.

    `detail` is the chain of requirements that block each other, where it is known.
    """

    code = "A922"
    detail: Mapping[str, Any] | None = None


class CursorError(SpaceError):
    """The cursor is none of this space."""

    code = "A923"


class RankError(SpaceError):
    """No stack has this rank."""

    code = "A924"

    def __init__(self, rank: int, count: int) -> None:
        among = f"from 0 to {count - 1}" if count else "there: no stack is valid"
        super().__init__(f"rank {rank} is not {among}")


class ScoreError(SpaceError):
    """A score is no number that can be added."""

    code = "A925"

    def __init__(self, package: str, version: str, score: object, *, whole: bool) -> None:
        wanted = "a whole number of 64 bits" if whole else "a number"
        super().__init__(f"the score of {package} {version} is {score!r}; {wanted} is needed")


class SearchEndedError(SpaceError):
    """The time did not suffice to find a stack."""

    code = "A930"


class LockError(SpaceError):
    """The stack cannot be written as a lock."""

    code = "A940"


class NotAStackError(SpaceError):
    """What shall be written as a lock is no valid stack."""

    code = "A941"


#: So that a process that hears of an error by its code can raise the same.
BY_CODE = {kind.code: kind for kind in (ResolvingError, UnresolvableError, ResolverFailedError)}
