"""The suites of this installation, asked from the driver: no service is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from amun_client import indicator_run
from amun_client.command import unknown_name
from amun_client.errors import ClientError, UsageFaultError

LIST_SECONDS = 30.0

Document = dict[str, Any]


def suites() -> list[Document]:
    """Every suite with its cases."""
    try:
        ended = subprocess.run(
            [sys.executable, "-B", str(indicator_run.driver()), "suites"],
            capture_output=True,
            check=True,
            timeout=LIST_SECONDS,
        )
        found: list[Document] = json.loads(ended.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise ClientError(f"the suites cannot be listed: {error}") from None
    return found


def suite(name: str) -> Document:
    """The suite of that name."""
    known = {str(one["name"]): one for one in suites()}
    if name not in known:
        raise UsageFaultError(unknown_name("suite", name, list(known)))
    return known[name]
