"""Whether the database that was named is served by somebody else already."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

import psutil

from amun_core.settings import Settings
from amun_core.signs import Working, role_of
from amun_local import service
from amun_local.state_file import ServiceState
from amun_local.watching import fares


def others(state: ServiceState, settings: Settings) -> Iterator[str]:
    """A line for each host of which other processes work on the same database just now."""
    if state.url is None:
        return
    found: dict[str, list[str]] = {}
    own = {identity.pid for identity in state.recorded()}
    for sign in service.signs(state.url, service.first_token(settings)) or ():
        detail = sign.get("detail") or {}
        if fares(sign, settings.lease_seconds) is not Working.SILENT and _elsewhere(detail, own):
            place = str(detail.get("host") or str(sign["name"]).partition("@")[2] or "a host")
            found.setdefault(place, []).append(role_of(str(sign["name"])))
    for place, roles in sorted(found.items()):
        yield (
            f"note: this database has a service already: {', '.join(sorted(roles))} on {place}. "
            "Both work on the same inspections"
        )


def _elsewhere(detail: dict[str, Any], own: set[int]) -> bool:
    """True for a living process that is none of ours; what ended here a moment ago is not one."""
    pid = detail.get("pid")
    if detail.get("host", platform.node()) != platform.node():
        return True
    if not isinstance(pid, int) or pid in own:
        return False
    return psutil.pid_exists(pid)
