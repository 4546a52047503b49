"""Rules that types alone cannot say: between fields, and for quantities, paths, requirements."""

from __future__ import annotations

import posixpath
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

_BREAKS = re.compile(r"[\x00\t\n\f\r]")

#: What file systems take: bytes of one name, and of a whole path below a folder of ours.
_MAXIMUM_NAME_BYTES, _MAXIMUM_PATH_BYTES = 255, 1024
#: What the kernel passes to a program: one variable, and all of them.
_MAXIMUM_VARIABLE_BYTES, _MAXIMUM_VARIABLES_BYTES = 128 * 1024 - 1, 1024 * 1024
#: Below this no engine starts a process.
_LEAST_MEMORY_BYTES, _LEAST_CORES = 6 * 1024**2, 0.01


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
    _check_environment(fields.get("environment"), intake)
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
    for key, reader, least, words in (
        ("cpu", quantity.cores, _LEAST_CORES, "10m (a hundredth of a core)"),
        ("memory", quantity.bytes_, _LEAST_MEMORY_BYTES, "6Mi"),
    ):
        text = requests.get(key)
        if isinstance(text, str):
            try:
                enough = reader(text) >= least
            except InvalidInputError as error:
                intake.fault(pointer_of(name, "requests", key), str(error))
                continue
            if not enough:
                message = f"{shown(text)} is less than {words}, the least that an engine takes"
                intake.fault(pointer_of(name, "requests", key), message)


def _check_files(files: object, intake: Intake) -> None:
    if not isinstance(files, list):
        return
    seen: dict[str, int] = {}
    for position, item in enumerate(files):
        path = item.get("path") if isinstance(item, dict) else None
        if not isinstance(path, str):
            continue
        pointer = pointer_of("files", position, "path")
        why = _why_no_file(path)
        if why is not None:
            intake.fault(pointer, f"{shown(path)} is not the path of a file{why}")
            continue
        normal = posixpath.normpath(path)
        if normal in seen:
            intake.fault(pointer, f"{shown(path)} is named twice")
        seen[normal] = position
    for normal, position in seen.items():
        above = normal
        while (above := posixpath.dirname(above)) not in {"", "/"}:
            if above in seen:
                message = f"{shown(normal)} lies below {shown(above)}, which is a file too"
                intake.fault(pointer_of("files", position, "path"), message)
                break


def _why_no_file(path: str) -> str | None:
    """What is wrong with the path of a file, as the end of a sentence; None where nothing is."""
    names = path.split("/")
    if ".." in names or names[-1] in {"", "."} or _BREAKS.search(path):
        return " (it names a folder, or breaks a line)"
    if any(len(name.encode("utf-8", "replace")) > _MAXIMUM_NAME_BYTES for name in names):
        return f": one of its names is longer than {_MAXIMUM_NAME_BYTES} bytes"
    if len(path.encode("utf-8", "replace")) > _MAXIMUM_PATH_BYTES:
        return f": it is longer than {_MAXIMUM_PATH_BYTES} bytes"
    return None


def _check_environment(variables: object, intake: Intake) -> None:
    """What a program can be given: the values themselves are not repeated."""
    total = 0
    for position, item in enumerate(variables if isinstance(variables, list) else ()):
        name, value = (item.get("name"), item.get("value")) if isinstance(item, dict) else ("", "")
        if not isinstance(name, str) or not isinstance(value, str):
            continue
        size = len(f"{name}={value}".encode("utf-8", "replace"))
        total += size + 1
        pointer = pointer_of("environment", position, "value")
        if "\x00" in value:
            intake.fault(pointer, "a variable cannot hold a NUL character")
        if size > _MAXIMUM_VARIABLE_BYTES:
            intake.fault(pointer, f"longer than {_MAXIMUM_VARIABLE_BYTES} bytes")
    if total > _MAXIMUM_VARIABLES_BYTES:
        intake.fault(
            "/environment", f"all variables together exceed {_MAXIMUM_VARIABLES_BYTES} bytes"
        )


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
