"""What can go wrong on this machine before or while the service runs.

AmunError
└── LocalServiceError
    ├── HomeUnusableError       the home folder cannot be written
    ├── DiskFullError           no space is left
    ├── HomePathError           the home folder's path cannot be used
    ├── RedisMissingError       no redis-server
    ├── StartFailedError        a process of the service did not start
    ├── PortTakenError          the port that was asked for belongs to another program
    ├── DatabaseLockedError     another program holds the database
    └── StopFailedError         something did not end
"""

from __future__ import annotations

from typing import Any

from amun_core.errors import AmunError


class LocalServiceError(AmunError):
    """The local service cannot do what is asked."""

    code = "A710"


class HomeUnusableError(LocalServiceError):
    """The home folder cannot be used."""

    code = "A711"


class DiskFullError(LocalServiceError):
    """The disk is full."""

    code = "A712"


class HomePathError(LocalServiceError):
    """The home folder's path cannot be used."""

    code = "A713"


class RedisMissingError(LocalServiceError):
    """No redis-server was found."""

    code = "A714"


class StartFailedError(LocalServiceError):
    """A process of the service did not start."""

    code = "A715"


class PortTakenError(LocalServiceError):
    """The port belongs to another program."""

    code = "A716"


class DatabaseLockedError(LocalServiceError):
    """Another program holds the database."""

    code = "A717"


class StopFailedError(LocalServiceError):
    """Something of the service did not end."""

    code = "A718"


#: code -> class: the supervisor hands a failure to `amun up` through the state file.
BY_CODE: dict[str, type[LocalServiceError]] = {
    kind.code: kind
    for kind in (
        LocalServiceError,
        HomeUnusableError,
        DiskFullError,
        HomePathError,
        RedisMissingError,
        StartFailedError,
        PortTakenError,
        DatabaseLockedError,
        StopFailedError,
    )
}


def to_record(error: AmunError) -> dict[str, Any]:
    """`error` as it is kept in the state file."""
    return {"code": error.code, "message": str(error), "hint": error.hint}


def from_record(record: dict[str, Any]) -> LocalServiceError:
    """The error that `record` keeps."""
    kind = BY_CODE.get(str(record.get("code")), LocalServiceError)
    return kind(str(record.get("message", "")), hint=record.get("hint"))
