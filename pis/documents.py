"""Reading the request and writing the result: JSON, without NaN and infinity, written atomically."""

import contextlib
import json
import math
import os
from typing import Any, Dict

REQUEST_SCHEMA = "amun.run-request/1"
RESULT_SCHEMA = "amun.run/1"


class RequestError(Exception):
    """The request cannot be read: not a failure of the run, but of who started it."""


def finite(value: Any) -> Any:
    """The value with null in place of every number that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def encode(document: Any) -> bytes:
    """One line of JSON; floats keep their full precision."""
    text = json.dumps(finite(document), allow_nan=False, default=str)
    return text.encode("utf-8") + b"\n"


def read_request(path: str) -> Dict[str, Any]:
    """The request document. Raises RequestError saying what is wrong with it."""
    try:
        with open(path, "rb") as file:
            request = json.loads(file.read().decode("utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: {error}") from None
    if not isinstance(request, dict):
        raise RequestError(f"{path}: not a JSON object")
    if request.get("schema") != REQUEST_SCHEMA:
        msg = "{}: schema is {!r}, this program reads {!r}".format(
            path, request.get("schema"), REQUEST_SCHEMA
        )
        raise RequestError(msg)
    if bool(request.get("indicator")) == bool(request.get("script")):
        raise RequestError(f"{path}: exactly one of indicator and script must be set")
    return request


def write(path: str, document: Any) -> None:
    """Write the document beside `path`, then rename: a reader sees all of it or nothing."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(encode(document))
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
