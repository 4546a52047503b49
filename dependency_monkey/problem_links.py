"""Where --find-links points: a page that lists files. A folder is told how it becomes one."""

from __future__ import annotations

from amun_core.intake import Intake, shown
from amun_core.locked_package import is_address
from amun_core.redaction import redact_text


def read_link(value: object, place: str, intake: Intake) -> str | None:
    """The address of a page; None after a fault."""
    if is_address(value):
        return str(value)
    said = shown(redact_text(value) if isinstance(value, str) else value)
    intake.fault(
        place,
        f"{said} is no http or https page that lists files: a folder is not read",
        "serve the folder (`python -m http.server` in it does), and give that address",
    )
    return None
