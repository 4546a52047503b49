"""Tables of further tools in a pyproject.toml that can change which stacks are valid: each is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_core.intake import Intake, pointer_of

_CONDA = "packages of conda are not read"
_OWN = "write it under [project], or export a requirements file"

#: Table of a tool -> its keys that matter, and why they are not obeyed. "*": the table itself.
_TOLD: dict[str, dict[str, str]] = {
    "pixi": {"dependencies": _CONDA, "pypi-dependencies": _OWN, "pypi-options": _OWN},
    "conda-lock": {"*": _CONDA},
    "rye": {"sources": _OWN, "dev-dependencies": _OWN, "excluded-dependencies": _OWN},
    "flit": {"metadata": _OWN},
    "pip-tools": dict.fromkeys(
        ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host"),
        "name the index under [tool.uv], or in a requirements file",
    )
    | dict.fromkeys(
        ("pre", "constraint", "unsafe-package", "override", "no-binary"),
        "write it under [tool.uv], or in a requirements file",
    )
    | {"compile": "write it under [tool.uv], or in a requirements file"},
    "pipenv": {"*": "give the Pipfile"},
    "pants": {"*": _OWN},
}


def tell_other_tools(tool: Mapping[str, Any], intake: Intake) -> None:
    """Note what is not obeyed."""
    for name, keys in _TOLD.items():
        table = tool.get(name)
        if not table:
            continue
        if "*" in keys:
            intake.warn(pointer_of("tool", name), f"is not obeyed: {keys['*']}")
        elif isinstance(table, Mapping):
            for key in sorted(table.keys() & keys.keys()):
                intake.warn(pointer_of("tool", name, key), f"is not obeyed: {keys[key]}")
