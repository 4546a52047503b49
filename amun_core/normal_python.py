"""Reads the Python side of a specification: requirements, their lock, constraints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_core.errors import InvalidLockError
from amun_core.field_rules import check_requirement
from amun_core.foreign_files import foreign_file
from amun_core.intake import Intake, pointer_of, shown
from amun_core.lock import Lock, detect_lock_format, read_lock_into
from amun_core.lock_pipfile import pipfile_lock_document, read_sources
from amun_core.normal_fields import note_unknown_key
from amun_core.specification import LockFormat

_KEYS = ("requirements", "requirements_locked", "lock", "runtime_environment", "constraints")
_MAXIMUM_CONSTRAINTS = 1000


def read_python(
    document: object, surface: str, intake: Intake
) -> tuple[dict[str, Any], Lock | None]:
    """The normal form of `/python`, and the lock in it. Faults and warnings go to `intake`."""
    if document is None:
        return {}, None
    if not isinstance(document, dict):
        intake.fault("/python", f"an object is expected, not {shown(document)}")
        return {}, None
    fields = _present(document, surface, intake)
    normal: dict[str, Any] = {}
    for key in ("requirements", "runtime_environment"):
        if key in fields:
            normal[key] = fields[key]
            if not isinstance(fields[key], dict):
                intake.fault(
                    pointer_of("python", key), f"an object is expected, not {shown(fields[key])}"
                )
    _check_requirements(fields.get("requirements"), intake)
    if "constraints" in fields:
        normal["constraints"] = fields["constraints"]
        _check_constraints(fields["constraints"], intake)
    lock = _read_lock(fields, normal, surface, intake)
    return normal, lock


def _present(document: Mapping[str, Any], surface: str, intake: Intake) -> dict[str, Any]:
    fields = {}
    for key, value in document.items():
        if key not in _KEYS:
            note_unknown_key(("python",), key, _KEYS, surface, intake)
        elif value is None or value == {}:
            word = "null" if value is None else "an empty object"
            intake.warn(pointer_of("python", key), f"{word} was read as absent")
        else:
            fields[key] = value
    return fields


def _check_requirements(requirements: object, intake: Intake) -> None:
    if not isinstance(requirements, dict):
        return
    for key in ("packages", "dev-packages", "requires"):
        if not isinstance(requirements.get(key, {}), dict):
            intake.fault(
                pointer_of("python", "requirements", key),
                f"an object is expected, not {shown(requirements[key])}",
            )
    read_sources(requirements.get("source"), "/python/requirements/source", intake)


def _check_constraints(constraints: object, intake: Intake) -> None:
    if not isinstance(constraints, list) or len(constraints) > _MAXIMUM_CONSTRAINTS:
        intake.fault(
            "/python/constraints",
            f"an array of at most {_MAXIMUM_CONSTRAINTS} requirements is expected",
        )
        return
    for position, text in enumerate(constraints):
        check_requirement(text, pointer_of("python", "constraints", position), intake)


def _read_lock(
    fields: Mapping[str, Any], normal: dict[str, Any], surface: str, intake: Intake
) -> Lock | None:
    if "lock" in fields:
        if "requirements_locked" in fields:
            intake.fault("/python/lock", "lock and requirements_locked exclude each other")
        return _read_lock_text(fields["lock"], normal, surface, intake)
    if "requirements_locked" in fields:
        return _read_pipfile_lock(fields["requirements_locked"], normal, intake)
    requirements = fields.get("requirements")
    if isinstance(requirements, dict) and requirements.get("packages"):
        intake.fault(
            "/python/requirements_locked",
            "is missing: requirements alone do not pin the stack",
            "send the Pipfile.lock beside the Pipfile",
        )
    return None


def _read_pipfile_lock(document: Any, normal: dict[str, Any], intake: Intake) -> Lock:
    inner = Intake("/python/requirements_locked")
    lock = read_lock_into(
        {} if isinstance(document, str) else document, LockFormat.PIPFILE_LOCK, inner
    )
    if isinstance(document, str):
        inner.faults.clear()
        inner.fault("", "an object is expected, not a text", "a lock as text goes to /python/lock")
    _take_over(inner, intake)
    if not inner.faults:
        meta = document.get("_meta")
        hashes = meta.get("hash") if isinstance(meta, dict) else None
        normal["requirements_locked"] = pipfile_lock_document(
            lock, hashes if isinstance(hashes, dict) else None
        )
    return lock


def _read_lock_text(
    document: Any, normal: dict[str, Any], surface: str, intake: Intake
) -> Lock | None:
    if not isinstance(document, dict):
        intake.fault("/python/lock", f"an object is expected, not {shown(document)}")
        return None
    for key in document.keys() - {"format", "content"}:
        note_unknown_key(("python", "lock"), key, ("content", "format"), surface, intake)
    content = document.get("content")
    if not isinstance(content, str):
        intake.fault("/python/lock/content", "the text of a lock is expected")
        return None
    lock_format = _format(document.get("format"), content, intake)
    if lock_format is None:
        return None
    inner = Intake("/python/lock/content", textual=True)
    lock = read_lock_into(content, lock_format, inner)
    _take_over(inner, intake)
    normal["lock"] = {"format": str(lock_format), "content": content}
    return lock


def _format(given: object, content: str, intake: Intake) -> LockFormat | None:
    known = ", ".join(LockFormat)
    if given is None:
        try:
            found = detect_lock_format("", content)
        except InvalidLockError:
            foreign = foreign_file("", content)
            if foreign is not None:
                intake.fault("/python/lock/content", foreign.message, foreign.hint)
            else:
                intake.fault("/python/lock/format", f"is missing; known: {known}")
            return None
        intake.warn("/python/lock/format", f"is missing: read as {found}")
        return found
    try:
        return LockFormat(given)  # type: ignore[arg-type]
    except ValueError:
        intake.fault("/python/lock/format", f"{shown(given)} is not known; known: {known}")
        return None


def _take_over(inner: Intake, intake: Intake) -> None:
    intake.faults.extend(inner.faults)
    intake.warnings.extend(inner.warnings)
