"""Two arms, checked alone and together: a checked comparison, or every fault told at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from amun_core.comparison import (
    ARMS,
    CALIBRATION_BLOCKS,
    FEWEST_CALIBRATION_BLOCKS,
    MOST_BLOCKS,
    NOT_FOR_ARMS,
    Arm,
    ArmRequest,
    ComparisonKind,
    ComparisonSettings,
    ParsedArm,
    ParsedComparison,
)
from amun_core.condition import Condition
from amun_core.document import check_document
from amun_core.errors import InvalidComparisonError, InvalidSpecificationError
from amun_core.identity import canonical_json, digest_text
from amun_core.intake import Intake, pointer_of, shown
from amun_core.normal_fields import note_unknown_key
from amun_core.normalisation import ParsedSpecification, parse_specification
from amun_core.specification import FrozenModel, Specification
from amun_core.validation_faults import add_validation_faults

#: How the specification of an arm is read; raises InvalidSpecificationError.
SpecificationReader = Callable[[Any], ParsedSpecification]


#: Fields that requests of the first release could not have.
_LATER_FIELDS = ("condition", "wait_quiet_seconds")


def read_v1(document: Any) -> ParsedSpecification:
    """A specification of the own API."""
    return parse_specification(document, surface="v1")


def parse_comparison(document: Any, read: SpecificationReader = read_v1) -> ParsedComparison:
    """Check a request. Raises InvalidComparisonError with every fault of both arms at once."""
    intake = Intake()
    if not check_document(document, intake):
        raise _invalid(intake)
    settings = _read_settings(document, intake)
    arms = {arm: _read_arm(arm, document.get(arm), read, intake) for arm in ARMS}
    a, b = arms["a"], arms["b"]
    if a is not None and b is not None:
        _check_together(a, b, settings, intake)
    blocks = _maximum_blocks(settings, intake) if settings else 0
    if settings is None or a is None or b is None or intake.faults:
        raise _invalid(intake)
    return ParsedComparison(
        a, b, settings, blocks, intake.bounded_warnings(), _hash(a, b, settings, blocks)
    )


def _read_settings(document: Mapping[str, Any], intake: Intake) -> ComparisonSettings | None:
    known = [field.alias or name for name, field in ComparisonSettings.model_fields.items()]
    fields = {}
    for key, value in document.items():
        if key in ARMS:
            continue
        if key not in known:
            note_unknown_key((), key, [*known, *ARMS], "v1", intake)
        elif value is not None:  # null is what a client sends that leaves the choice to us
            fields[key] = value
    try:
        return ComparisonSettings.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        add_validation_faults(error, intake)
        return None


def _maximum_blocks(settings: ComparisonSettings, intake: Intake) -> int:
    given = settings.maximum_blocks
    calibration = settings.kind is ComparisonKind.CALIBRATION
    if given is None:
        return CALIBRATION_BLOCKS if calibration else MOST_BLOCKS
    if calibration and given < FEWEST_CALIBRATION_BLOCKS:
        intake.fault(
            "/maximum_blocks",
            f"{given} blocks tell nothing of a host: a calibration needs at least "
            f"{FEWEST_CALIBRATION_BLOCKS}",
        )
    if not calibration and given > MOST_BLOCKS:
        intake.fault(
            "/maximum_blocks",
            f"the last look of a comparison is at {MOST_BLOCKS} blocks, not {given}",
        )
    return given


def _read_arm(arm: Arm, given: Any, read: SpecificationReader, intake: Intake) -> ParsedArm | None:
    if given is None:
        intake.fault(pointer_of(arm), "is missing")
        return None
    if not isinstance(given, dict):
        intake.fault(pointer_of(arm), f"an object is expected, not {shown(given)}")
        return None
    faults = len(intake.faults)
    fields = {key: value for key, value in given.items() if value is not None}
    for key in fields.keys() - ArmRequest.model_fields.keys():
        note_unknown_key((arm,), key, ArmRequest.model_fields.keys(), "v1", intake)
    if ("specification" in fields) == ("inspection" in fields):
        both = "specification" in fields
        intake.fault(
            pointer_of(arm),
            "names both a specification and an inspection"
            if both
            else "names neither a specification nor an inspection",
            "give one of them",
        )
        return None
    names = _read_names(arm, fields, intake)
    specification = None
    if "specification" in fields:
        specification = _read_specification(arm, fields["specification"], read, intake)
    if names is None or len(intake.faults) > faults:
        return None
    return ParsedArm(names.name or names.inspection or arm.upper(), specification, names.inspection)


def _read_names(arm: Arm, fields: Mapping[str, Any], intake: Intake) -> ArmRequest | None:
    plain = {key: fields[key] for key in ("name", "inspection") if key in fields}
    try:
        return ArmRequest.model_validate_json(json.dumps(plain), strict=True)
    except ValidationError as error:
        below = Intake(pointer_of(arm))
        add_validation_faults(error, below)
        intake.faults += below.faults
        return None


def _read_specification(
    arm: Arm, given: Any, read: SpecificationReader, intake: Intake
) -> ParsedSpecification | None:
    below = Intake(pointer_of(arm, "specification"))
    if isinstance(given, dict):
        for key in NOT_FOR_ARMS:
            if given.get(key) is not None:
                below.warn(pointer_of(key), "has no effect: the blocks alone end a comparison")
        given = {key: value for key, value in given.items() if key not in NOT_FOR_ARMS}
    try:
        parsed = read(given)
    except InvalidSpecificationError as error:
        for fault in error.faults:
            below.fault(fault.pointer, fault.message, fault.hint)
        intake.faults += below.faults
        return None
    if parsed.specification.build_only:
        hint = "name an indicator, or send a script"
        below.fault("/indicator", "is missing: what shall be timed", hint)
    for warning in parsed.warnings:
        below.warn(warning.pointer, warning.message)
    intake.faults += below.faults
    intake.warnings += below.warnings
    return parsed


def _check_together(
    a: ParsedArm, b: ParsedArm, settings: ComparisonSettings | None, intake: Intake
) -> None:
    """What must be alike in both arms, so that their times can be compared."""
    calibration = settings is not None and settings.kind is ComparisonKind.CALIBRATION
    if (a.specification is None) != (b.specification is None):
        intake.fault(
            "/b",
            "one arm is a specification, the other one a stored inspection",
            "two specifications are measured side by side, two inspections judged as they are",
        )
        return
    if a.specification is None or b.specification is None:
        if settings is not None and settings.condition not in {None, Condition.ANY}:
            intake.fault(
                "/condition", "has no effect on stored inspections: they are judged as they are"
            )
        if calibration:
            intake.fault("/kind", "a calibration is measured: it needs two specifications")
        return
    _check_alike(a.specification.specification, b.specification.specification, intake)
    if calibration and a.specification.specification.script is not None:
        intake.fault("/a/specification/script", "a calibration needs an indicator, not a script")
    if calibration and a.specification.hash != b.specification.hash:
        intake.fault(
            "/b/specification", "differs from a: a calibration builds one specification twice"
        )


def _check_alike(a: Specification, b: Specification, intake: Intake) -> None:
    def same(place: tuple[str, ...], of_a: object, of_b: object) -> None:
        if of_a != of_b:
            intake.fault(
                pointer_of("b", "specification", *place),
                f"{_said(of_b)} differs from a's {_said(of_a)}",
            )

    same(("engine",), a.engine.value, b.engine.value)
    of_a, of_b = a.run.requests, b.run.requests
    for name in ("cpu", "memory", "hardware"):
        same(("run", "requests", name), getattr(of_a, name), getattr(of_b, name))
    if a.script != b.script:  # the texts are not repeated
        intake.fault(
            "/b/specification/script", "differs from a's: both arms are timed by one script"
        )
    if a.indicator is None or b.indicator is None:
        return
    same(("indicator", "name"), a.indicator.name, b.indicator.name)
    if a.indicator.name == b.indicator.name:
        mine, other = a.indicator.parameters, b.indicator.parameters
        # two frameworks may know different parameters: what both know must be alike
        alike = a.indicator.framework == b.indicator.framework
        names = mine.keys() | other.keys() if alike else mine.keys() & other.keys()
        for name in sorted(names):
            same(("indicator", "parameters", name), mine.get(name), other.get(name))


def _said(value: object) -> str:
    if isinstance(value, FrozenModel):
        return canonical_json(value.model_dump(mode="json", exclude_none=True))
    return shown(value)


def _hash(a: ParsedArm, b: ParsedArm, settings: ComparisonSettings, blocks: int) -> str:
    def of(arm: ParsedArm) -> dict[str, Any]:
        what = arm.specification.canonical if arm.specification else arm.inspection
        return {"name": arm.name, "what": what}

    # what was not said is left out: a request that was sent before the field existed stays the same
    unsaid = {name for name in _LATER_FIELDS if name not in settings.model_fields_set}
    asked = {
        **settings.model_dump(mode="json", exclude={"maximum_blocks", *unsaid}),
        "maximum_blocks": blocks,
        "a": of(a),
        "b": of(b),
    }
    return digest_text("request", canonical_json(asked))


def _invalid(intake: Intake) -> InvalidComparisonError:
    faults = intake.bounded_faults()
    place = faults[0].pointer or "the document"
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return InvalidComparisonError(
        f"the comparison is not valid: {place}: {faults[0].message}{more}", faults=faults
    )
