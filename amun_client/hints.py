"""Hints of the service in the words of the command line.

The service names its routes, for programs; who typed a command is told the command.
"""

from __future__ import annotations

import re

#: Route -> the command that asks it.
COMMANDS = {
    "GET /api/v1/inspections": "`amun inspection list`",
    "GET /api/v1/comparisons": "`amun comparison list`",
    "GET /api/v1/sweeps": "`amun sweep list`",
    "GET /api/v1/hosts": "`amun host list`",
    "GET /api/v1/indicators": "`amun indicator list`",
    "GET /api/v1/stacks/questions": "`amun stack --help`",
    "GET /api/v1/service": "`amun status`",
}
_ROUTE = re.compile(r"`?(GET /api/v1/[a-z/]+)`?")


def in_commands(text: str) -> str:
    """`text` with each route that has a command replaced by it.

    >>> in_commands("GET /api/v1/sweeps lists them")
    '`amun sweep list` lists them'
    """
    return _ROUTE.sub(lambda found: COMMANDS.get(found[1], found[0]), text)
