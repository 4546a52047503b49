"""The HTTP client of Amun and the command line `amun`.

The public face is small: a `Client` for one server, found by `discover`, and the errors it raises.
"""

from amun_client.api import Client
from amun_client.discovery import Server, discover
from amun_client.errors import (
    AnswerNotUnderstoodError,
    ClientError,
    ServerUnknownError,
    ServerUnreachableError,
    ServiceRefusedError,
)

__all__ = [
    "AnswerNotUnderstoodError",
    "Client",
    "ClientError",
    "Server",
    "ServerUnknownError",
    "ServerUnreachableError",
    "ServiceRefusedError",
    "discover",
]
