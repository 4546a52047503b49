"""The members of a sweep, checked each and together: a checked sweep, or every fault told at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from amun_core.comparison_intake import SpecificationReader, read_v1
from amun_core.document import check_document
from amun_core.errors import InvalidLockError, InvalidSpecificationError, InvalidSweepError
from amun_core.identity import canonical_json, digest_text
from amun_core.intake import Intake, pointer_of, shown
from amun_core.lock import Lock, lock_digest, select, stack_digest
from amun_core.normal_fields import note_unknown_key
from amun_core.normalisation import ParsedSpecification
from amun_core.specification import FrozenModel
from amun_core.sweep import (
    BROUGHT_BY_MEMBERS,
    MAXIMUM_SWEEP_BYTES,
    MOST_MEMBERS,
    NOT_FOR_MEMBERS,
    MemberName,
    ParsedMember,
    ParsedSweep,
    SweepSettings,
)
from amun_core.validation_faults import add_validation_faults

#: After so many members that are wrong no further one is looked at.
_FAULTY_MEMBERS = 10


class _Name(FrozenModel):
    name: MemberName | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """A member in the request, read; its number there."""

    number: int
    member: ParsedMember


def parse_sweep(document: Any, read: SpecificationReader = read_v1) -> ParsedSweep:
    """Check a request. Raises InvalidSweepError with every fault at once."""
    intake = Intake()
    if not check_document(document, intake, maximum_bytes=MAXIMUM_SWEEP_BYTES):
        raise _invalid(intake)
    settings = _read_settings(document, intake)
    common = _read_common(document.get("common"), intake)
    given = _read_list(document.get("members"), intake)
    if settings is None or common is None or intake.faults:
        raise _invalid(intake)
    places = _read_members(given, common, settings, read, intake)
    if intake.faults:
        raise _invalid(intake)
    kept, named = _without_repeats(places, intake)
    reference = _reference(settings, named, intake)
    if intake.faults:
        raise _invalid(intake)
    members = tuple(place.member for place in kept)
    return ParsedSweep(
        members, reference, settings, intake.bounded_warnings(), _hash(members, reference, settings)
    )


def _read_settings(document: Mapping[str, Any], intake: Intake) -> SweepSettings | None:
    known = [field.alias or name for name, field in SweepSettings.model_fields.items()]
    fields = {}
    for key, value in document.items():
        if key in {"common", "members"}:
            continue
        if key not in known:
            note_unknown_key((), key, [*known, "common", "members"], "v1", intake)
        elif value is not None:  # null is what a client sends that leaves the choice to us
            fields[key] = value
    try:
        return SweepSettings.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        add_validation_faults(error, intake)
        return None


def _read_common(given: Any, intake: Intake) -> dict[str, Any] | None:
    if not isinstance(given, dict):
        intake.fault(
            "/common",
            "is missing" if given is None else f"an object is expected, not {shown(given)}",
            "the specification that all members share: indicator, base, engine",
        )
        return None
    for key in NOT_FOR_MEMBERS:
        if given.get(key) is not None:
            intake.warn(pointer_of("common", key), "has no effect: the number of rounds is `runs`")
    common = {key: value for key, value in given.items() if key not in NOT_FOR_MEMBERS}
    python = common.get("python")
    if isinstance(python, dict):
        for key in BROUGHT_BY_MEMBERS:
            if python.get(key) is not None:
                intake.warn(
                    pointer_of("common", "python", key), "has no effect: each member has its own"
                )
        common["python"] = {
            key: value for key, value in python.items() if key not in BROUGHT_BY_MEMBERS
        }
    return common


def _read_list(given: Any, intake: Intake) -> list[Any]:
    if not isinstance(given, list) or not given:
        missing = "is missing" if not given else f"an array is expected, not {shown(given)}"
        intake.fault("/members", missing, "one object with a lock for each stack")
        return []
    if len(given) > MOST_MEMBERS:
        intake.fault(
            "/members",
            f"{len(given)} members; a sweep has at most {MOST_MEMBERS}",
            "choose fewer by sampling, or send several sweeps",
        )
        return []
    return given


def _read_members(
    given: Sequence[Any],
    common: Mapping[str, Any],
    settings: SweepSettings,
    read: SpecificationReader,
    intake: Intake,
) -> list[_Place]:
    places, faulty = [], 0
    for number, one in enumerate(given):
        faults = len(intake.faults)
        member = _read_member(number, one, common, settings, read, intake)
        if member is not None:
            places.append(_Place(number, member))
        faulty += len(intake.faults) > faults
        if faulty >= _FAULTY_MEMBERS:
            break
    return places


def _read_member(
    number: int,
    given: Any,
    common: Mapping[str, Any],
    settings: SweepSettings,
    read: SpecificationReader,
    intake: Intake,
) -> ParsedMember | None:
    place = pointer_of("members", number)
    if not isinstance(given, dict):
        intake.fault(place, f"an object is expected, not {shown(given)}")
        return None
    faults = len(intake.faults)
    for key in given.keys() - {"name", "lock"}:
        note_unknown_key(("members", number), key, ["name", "lock"], "v1", intake)
    if given.get("lock") is None:
        intake.fault(f"{place}/lock", "is missing: a member is a fully pinned stack")
    name = _read_name(number, given.get("name"), intake)
    if name is None or len(intake.faults) > faults:
        return None
    kept = common.get("python")
    python = {**(kept if isinstance(kept, dict) else {}), "lock": given["lock"]}
    parsed = _specification(
        number, {**common, "python": python, "runs": settings.runs}, read, intake
    )
    if parsed is None or parsed.lock is None or len(intake.faults) > faults:
        return None
    lock = parsed.lock
    try:
        stack = _stack_digest(lock)
    except InvalidLockError as error:  # two versions of one package
        intake.fault(f"{place}/lock", str(error))
        return None
    return ParsedMember(name, parsed, lock_digest(lock), stack, _pins(lock))


def _read_name(number: int, given: Any, intake: Intake) -> str | None:
    try:
        named = _Name.model_validate_json(json.dumps({"name": given}), strict=True)
    except ValidationError as error:
        below = Intake(pointer_of("members", number))
        add_validation_faults(error, below)
        intake.faults += below.faults
        return None
    return named.name or f"stack {number}"


def _specification(
    number: int, document: Mapping[str, Any], read: SpecificationReader, intake: Intake
) -> ParsedSpecification | None:
    """A member's specification. What is wrong with the common part is told once, there."""
    told = {fault.pointer for fault in intake.faults} | {one.pointer for one in intake.warnings}

    def place(pointer: str) -> str:
        own = "/python/lock"
        if pointer == own or pointer.startswith(f"{own}/"):
            return pointer_of("members", number) + pointer.removeprefix("/python")
        return f"/common{pointer}"

    try:
        parsed = read(document)
    except InvalidSpecificationError as error:
        for fault in error.faults:
            if place(fault.pointer) not in told:
                intake.fault(place(fault.pointer), fault.message, fault.hint)
        return None
    if parsed.specification.build_only and "/common/indicator" not in told:
        intake.fault(
            "/common/indicator", "is missing: what shall be timed", "name an indicator or a script"
        )
    for warning in parsed.warnings:
        if place(warning.pointer) not in told:
            intake.warn(place(warning.pointer), warning.message)
    return parsed


def _stack_digest(lock: Lock) -> str | None:
    if any(package.marker is not None for package in lock.packages):
        return None
    return stack_digest(select(lock, {}))


def _pins(lock: Lock) -> dict[str, str]:
    return {package.name: package.version for package in lock.packages if package.version}


def _without_repeats(
    places: Sequence[_Place], intake: Intake
) -> tuple[list[_Place], dict[str, int]]:
    """Each stack once, under the first of its names; where every name leads."""
    kept: list[_Place] = []
    by_stack: dict[str, int] = {}
    named: dict[str, int] = {}
    for place in places:
        member, pointer = place.member, pointer_of("members", place.number)
        identity = member.stack_digest or member.lock_digest
        index = by_stack.get(identity)
        if index is not None:
            intake.warn(
                f"{pointer}/lock", f"is the stack of {kept[index].member.name}: measured once"
            )
            named.setdefault(member.name, index)
            continue
        if member.name in named:
            intake.fault(f"{pointer}/name", f"{shown(member.name)} is the name of another member")
        by_stack[identity] = named[member.name] = len(kept)
        kept.append(place)
    return kept, named


def _reference(settings: SweepSettings, named: Mapping[str, int], intake: Intake) -> int:
    if settings.reference is None:
        return 0
    if settings.reference not in named:
        some = ", ".join(list(named)[:5])
        intake.fault(
            "/reference",
            f"no member is called {shown(settings.reference)}",
            f"the first are: {some}",
        )
        return 0
    return named[settings.reference]


def _hash(members: Sequence[ParsedMember], reference: int, settings: SweepSettings) -> str:
    asked = {
        **settings.model_dump(mode="json"),
        "reference": reference,
        "members": [[member.name, member.specification.canonical] for member in members],
    }
    return digest_text("request", canonical_json(asked))


def _invalid(intake: Intake) -> InvalidSweepError:
    faults = intake.bounded_faults()
    place = faults[0].pointer or "the document"
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return InvalidSweepError(
        f"the sweep is not valid: {place}: {faults[0].message}{more}", faults=faults
    )
