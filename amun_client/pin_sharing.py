"""Has requirements in words resolved, both sides together, by a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from amun_client.errors import ClientError, NoStackError, ResolvingFailedError, UsageFaultError
from amun_core.python_releases import full_python

#: For both sides together, s: some hundred questions to the index at most.
SHARE_SECONDS = 900.0

_ERRORS: dict[str, type[ClientError]] = {
    "A100": UsageFaultError,
    "A901": NoStackError,
    "A902": ResolvingFailedError,
}

#: python:3.12-slim, ubi8-python-38, py311
_PYTHON_IN_NAME = re.compile(r"py(?:thon)?[:-]?3\.?(\d{1,2})(\.\d+)?(?!\d)")

Document = dict[str, Any]


def shared_pins(
    a: Sequence[str],
    b: Sequence[str],
    environ: Mapping[str, str],
    *,
    python_version: str | None = None,
    latest_each: bool = False,
) -> Document:
    """Both locks, the pins they share, and each that differs with the reason."""
    command = [sys.executable, "-P", "-m", "dependency_monkey.shared_pins"]
    for option, requirements in (("--a", a), ("--b", b)):
        for requirement in requirements:
            command += [option, requirement]
    command += ["--python-version", python_version] if python_version else []
    command += ["--latest-each"] if latest_each else []
    try:
        ended = subprocess.run(
            command,
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=SHARE_SECONDS,
            check=False,
        )
        document: Document = json.loads(ended.stdout)
    except subprocess.TimeoutExpired:
        raise ResolvingFailedError(
            f"the requirements were not resolved within {SHARE_SECONDS:.0f} s"
        ) from None
    except ValueError:
        last = (ended.stderr.strip().splitlines() or ["no output"])[-1]
        raise ResolvingFailedError(f"the resolver failed: {last}") from None
    if error := document.get("error"):
        kind = _ERRORS.get(error["code"], ResolvingFailedError)
        raise kind(error["message"], hint=error["hint"])
    return document


def python_version_of(base: str) -> str | None:
    """The Python version that the name of a base image tells, if it does.

    An image has the newest bug-fix release, unless its name says which.

    >>> python_version_of("docker.io/library/python:3.9-slim")
    '3.9.25'
    """
    name = base.rpartition("/")[2]
    match = _PYTHON_IN_NAME.search(name)
    return full_python(f"3.{match[1]}{match[2] or ''}") if match else None
