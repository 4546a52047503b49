"""How much memory this machine has for a case."""

from __future__ import annotations

from pathlib import Path

import psutil

from amun_client.errors import UsageFaultError
from amun_core.errors import InvalidInputError
from amun_core.quantity import bytes_

_GROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def host_bytes() -> int:
    """The memory of this machine, or of the control group that bounds us, bytes."""
    total = int(psutil.virtual_memory().total)
    for path in _GROUP_LIMITS:
        try:
            text = path.read_text("utf-8").strip()
        except OSError:
            continue
        if text.isdecimal():
            total = min(total, int(text))
    return total


def parse(text: str) -> int:
    """`4Gi`, `4GiB` and `500M` in bytes."""
    try:
        return bytes_(text.strip().removesuffix("B"))
    except InvalidInputError as error:
        raise UsageFaultError(f"--memory {error}") from None
