"""Rules that types alone cannot say: between fields, and for quantities, paths, requirements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from amun_core import quantity
from amun_core.errors import InvalidInputError
from amun_core.intake import Intake, pointer_of, shown
from amun_core.normal_precision import check_precision

_MAXIMUM_PARAMETERS = 64
_MAXIMUM_PARAMETER = 1024
_MAXIMUM_REQUIREMENT = 512

#: Wishes of the prior system that have no effect here, and why.
_NO_EFFECT = {
    "upgrade_pip": "has no effect: the lock is installed without pip",
    "send_messages": "has no effect: results are always added to the graph",
    "force_sync": "has no effect: results are always added to the graph",
}

_BREAKS = re.compile(r"[\t\n\f\r]")


def check_fields(fields: Mapping[str, Any], surface: str, intake: Intake) -> None:
    """What types alone cannot say: rules between fields, quantities, paths, requirements."""
    if surface == "compatibility" and "base" not in fields:
        intake.fault("/base", "is missing")
    if "script" in fields and "indicator" in fields:
        intake.fault("/script", "a script and an indicator exclude each other")
    _check_script(fields.get("script"), intake)
    check_precision(fields, intake)
    for key, reason in _NO_EFFECT.items():
        if fields.get(key) is True:
            intake.warn(pointer_of(key), reason)
    for stage in ("build", "run"):
        _check_requests(fields.get(stage), stage, intake)
    _check_files(fields.get("files"), intake)
    python_packages = fields.get("python_packages")
    if isinstance(python_packages, list):
        for position, text in enumerate(python_packages):
            check_requirement(text, pointer_of("python_packages", position), intake)
    indicator = fields.get("indicator")
    if isinstance(indicator, dict):
        _check_parameters(indicator.get("parameters"), intake)


def _check_script(script: object, intake: Intake) -> None:
    if not isinstance(script, str):
        return
    if re.match(r"(?!https://)[A-Za-z][A-Za-z0-9+.-]*://\S*\s*$", script):
        intake.fault("/script", "only an https address is fetched", "send the text of the script")
    elif script.startswith("https://"):
        if re.search(r"\s", script.strip()) or len(script) > 2048:
            intake.fault("/script", "not an address, and not a script")
        else:
            intake.warn("/script", "an address: its text is fetched once, and its hash recorded")


def _check_requests(stage: object, name: str, intake: Intake) -> None:
    requests = stage.get("requests") if isinstance(stage, dict) else None
    if not isinstance(requests, dict):
        return
    for key, reader in (("cpu", quantity.cores), ("memory", quantity.bytes_)):
        text = requests.get(key)
        if isinstance(text, str):
            try:
                reader(text)
            except InvalidInputError as error:
                intake.fault(pointer_of(name, "requests", key), str(error))


def _check_files(files: object, intake: Intake) -> None:
    if not isinstance(files, list):
        return
    seen = set()
    for position, item in enumerate(files):
        path = item.get("path") if isinstance(item, dict) else None
        if not isinstance(path, str):
            continue
        pointer = pointer_of("files", position, "path")
        if ".." in path.split("/") or path.endswith("/") or _BREAKS.search(path):
            intake.fault(pointer, f"{shown(path)} is not the path of a file")
        if path in seen:
            intake.fault(pointer, f"{shown(path)} is named twice")
        seen.add(path)


def check_requirement(text: object, pointer: str, intake: Intake) -> None:
    """A fault unless `text` is a requirement such as "numpy>=2": no option, no path, no address."""
    if not isinstance(text, str):
        intake.fault(pointer, f"a text is expected, not {shown(text)}")
        return
    try:
        usable = len(text) <= _MAXIMUM_REQUIREMENT and Requirement(text).url is None
    except (InvalidRequirement, RecursionError):
        usable = False
    if not usable:
        intake.fault(pointer, "not a requirement such as 'name' or 'name>=1.2'")


def _check_parameters(parameters: object, intake: Intake) -> None:
    if not isinstance(parameters, dict):
        return
    if len(parameters) > _MAXIMUM_PARAMETERS:
        intake.fault(
            "/indicator/parameters",
            f"{len(parameters)} parameters are more than {_MAXIMUM_PARAMETERS}",
        )
    for key, value in parameters.items():
        if isinstance(value, str) and len(value) > _MAXIMUM_PARAMETER:
            intake.fault(
                pointer_of("indicator", "parameters", key),
                f"longer than {_MAXIMUM_PARAMETER} characters",
            )
