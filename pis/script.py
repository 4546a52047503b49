"""A user's own script as an indicator: a child of this interpreter that prints one JSON object."""

import json
import os
import select
import subprocess
import sys
from typing import Any, Dict, Mapping, Optional, Tuple

from pis import failures
from pis.failures import RunFailedError
from pis.launch import die_with_parent

_CHUNK = 65536
_LOOK_SECONDS = 0.2  # between two looks for a script that ended while its children hold its output


def run(path: str, output_bytes: int, stdout: int) -> Dict[str, Any]:
    """Run the script and return the object that it printed.

    What it prints goes through to the descriptor `stdout` unchanged, and is read along the way.
    """
    status, printed = _run_child(path, output_bytes, stdout)
    if status < 0:
        raise RunFailedError(failures.SCRIPT_FAILED, f"the script ended by signal {-status}")
    if status > 0:
        raise RunFailedError(failures.SCRIPT_FAILED, f"the script ended with exit code {status}")
    if printed is None:
        raise RunFailedError(
            failures.OUTPUT_TOO_LARGE,
            f"the script printed more than {output_bytes} bytes",
        )
    return parse(printed.decode("utf-8", "replace"))


def parse(text: str) -> Dict[str, Any]:
    """The JSON object in what a script printed: all of it, or the last that begins a line."""
    document, constant = _load(text)
    lines = text.splitlines(keepends=True)
    index = len(lines)
    while document is None and index > 0:
        index -= 1
        if lines[index].startswith("{"):
            document, refused = _load("".join(lines[index:]))
            constant = constant or refused
    if document is None:
        why = f": {constant} is not a JSON number" if constant else ""
        raise RunFailedError(
            failures.SCRIPT_OUTPUT_INVALID, "the script printed no JSON object" + why
        )
    for key in ("@parameters", "@result"):
        if not isinstance(document.get(key, {}), dict):
            raise RunFailedError(
                failures.SCRIPT_OUTPUT_INVALID,
                f"{key} in what the script printed is not an object",
            )
    if "@result" not in document:
        raise RunFailedError(
            failures.SCRIPT_OUTPUT_INVALID, "what the script printed has no @result"
        )
    return document


def fill(result: Dict[str, Any], document: Mapping[str, Any]) -> None:
    """Put what the script printed into the result document."""
    result["name"] = str(document.get("name", "script"))
    result["component"] = str(document.get("component", "script"))
    result["@parameters"] = document.get("@parameters", {})
    result["@result"] = document["@result"]


def _run_child(path: str, output_bytes: int, stdout: int) -> Tuple[int, Optional[bytes]]:
    """Exit status, and what was printed (None if it was more than `output_bytes`)."""
    child = subprocess.Popen(
        [sys.executable, path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        bufsize=0,
        preexec_fn=die_with_parent,  # noqa: PLW1509 (this process has one thread)
    )
    if child.stdout is None:
        raise RunFailedError(failures.RUN_CRASHED, "the script's output could not be read")
    printed = bytearray()
    with child.stdout as pipe:
        while True:
            ended = child.poll() is not None
            # what a child of the script prints after its end is not waited for
            if not select.select([pipe], [], [], 0 if ended else _LOOK_SECONDS)[0]:
                if ended:
                    break
                continue
            chunk = os.read(pipe.fileno(), _CHUNK)
            if not chunk:
                break
            _pass_on(chunk, stdout)
            if len(printed) <= output_bytes:
                printed += chunk
    status = child.wait()
    return status, bytes(printed) if len(printed) <= output_bytes else None


def _pass_on(chunk: bytes, descriptor: int) -> None:
    view = memoryview(chunk)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:  # nobody reads it any more: the script shall still run to its end
        return


class _ConstantError(ValueError):
    """NaN or an infinity, which Python's encoder writes and JSON does not know."""


def _load(text: str) -> Tuple[Optional[Dict[str, Any]], str]:
    """The object, or None and the constant for which it was refused."""
    try:
        document = json.loads(text, parse_constant=_refuse)
    except _ConstantError as error:
        return None, str(error)
    except ValueError:
        return None, ""
    return (document, "") if isinstance(document, dict) else (None, "")


def _refuse(constant: str) -> None:
    raise _ConstantError(constant)
